"""A large store in a few minutes, written by the database: packages, customers, and a year of orders.

Few packages and players are in most of the orders, as in real stores; ids follow from numbers, so that rows can
point at one another before they are there. Counters of stock and of uses are left: no measurement reads them.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from store.models import Store

CATEGORIES, SERVERS, COUPONS, CARDS, SALES, BANS, SUBSCRIPTIONS = 60, 4, 2_000, 50_000, 12, 5_000, 60_000
TABLES = (
    *("server", "category", "package", "package_servers", "packagecommand", "coupon", "giftcard", "giftcardentry"),
    *("sale", "sale_categories", "customer", "ban", "order", "orderitem", "subscription"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows."""

    packages: int = 100_000
    customers: int = 200_000
    orders: int = 1_000_000


# Numbers that differ by store, and words that names are made of.
_BASE = """
CREATE FUNCTION pg_temp.id(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
  $$ SELECT md5(kind || ':%(store)s:' || number)::uuid $$;
CREATE FUNCTION pg_temp.word(words text, number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT (string_to_array(words, ' '))[1 + number %% cardinality(string_to_array(words, ' '))] $$;
CREATE FUNCTION pg_temp.player(number bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT pg_temp.word('Amber Blocky Crafty Dusty Ender Frosty Golden Happy Iron Jolly Lava Mossy Noble',
        number)
     || pg_temp.word('Axolotl Badger Creeper Dolphin Fox Golem Heron Llama Otter Panda Raven', number / 13)
     || number $$;
SELECT setseed(0.7)
"""
# In replica mode no foreign key is checked and no trigger runs: the rows are right, and there are millions.
_STATEMENTS = (
    "SET LOCAL session_replication_role = replica",
    """INSERT INTO store_server (id, store_id, name, created_at)
    SELECT pg_temp.id('server', n), %(store)s, 'Server ' || n, now() - interval '2 years'
    FROM generate_series(1, %(servers)s) n""",
    """INSERT INTO store_category (id, store_id, parent_id, name, slug, sort_order, is_active, created_at,
        updated_at)
    SELECT pg_temp.id('category', n), %(store)s, CASE WHEN n > 10 THEN pg_temp.id('category', n %% 10 + 1) END,
      'Category ' || n, 'category-' || n, n, true, now() - interval '2 years', now() - interval '2 years'
    FROM generate_series(1, %(categories)s) n""",
    """INSERT INTO store_package (id, store_id, category_id, name, price, description, is_active, sort_order,
      allow_custom_price, is_cumulative, user_server_selection_enabled, type, "interval", interval_count, sold,
      hidden_at, created_at, updated_at)
    SELECT pg_temp.id('package', n), %(store)s, pg_temp.id('category', n %% %(categories)s + 1),
      pg_temp.word('Crate Key Rank Kit Trail Wings Boost Pet Island Home', n) || ' '
        || pg_temp.word('Common Rare Epic Legendary Mythic Ancient Royal', n / 10) || ' ' || n,
      (random() * 5000)::int / 100.0 + 0.5, '<p>Number ' || n || ' of the store.</p>', n %% 50 <> 0, n %% 1000,
      false, false, false, CASE WHEN n %% 40 = 0 THEN 'subscription' ELSE 'one_time' END,
      CASE WHEN n %% 40 = 0 THEN 'month' END, CASE WHEN n %% 40 = 0 THEN 1 END, 0,
      CASE WHEN n %% 97 = 0 THEN now() END, at, at + random() * (now() - at)
    FROM (SELECT n, now() - random() * interval '2 years' AS at FROM generate_series(1, %(packages)s) n) rows""",
    """INSERT INTO store_package_servers (package_id, server_id)
    SELECT pg_temp.id('package', n), pg_temp.id('server', n %% %(servers)s + 1)
    FROM generate_series(1, %(packages)s) n""",
    """INSERT INTO store_packagecommand (package_id, type, command, require_online, position)
    SELECT pg_temp.id('package', n), 'initial', 'give {player} thing' || n || ' {quantity}', false, 0
    FROM generate_series(1, %(packages)s) n""",
    """INSERT INTO store_coupon (id, store_id, code, code_key, reach_scope, covers_all_packages, discount_type,
      discount_value, override_sales, max_uses, uses, is_active, created_at, updated_at)
    SELECT pg_temp.id('coupon', n), %(store)s, 'Code' || n, 'CODE' || n, 'store', false,
      CASE WHEN n %% 2 = 0 THEN 'fixed' ELSE 'percentage' END, 1 + n %% 30, false, CASE
        WHEN n %% 3 = 0 THEN 9 + n END,
      n %% 9, n %% 5 <> 0, at, at + random() * (now() - at)
    FROM (SELECT n, now() - random() * interval '2 years' AS at FROM generate_series(1, %(coupons)s) n) rows""",
    """INSERT INTO store_giftcard (id, store_id, code_digest, last4, amount, balance, reach_scope,
        covers_all_packages,
      recipient_name, message, expires_at, voided_at, created_at, updated_at)
    SELECT pg_temp.id('card', n), %(store)s, encode(sha256(('card' || %(store)s || n)::bytea), 'hex'),
      lpad((n %% 10000)::text, 4, '0'), 5 + n %% 46, n %% 5, 'store', false, pg_temp.player(n),
        'Many happy returns',
      CASE WHEN n %% 7 = 0 THEN now() - interval '1 day' END, CASE WHEN n %% 50 = 0 THEN now() END,
      at, at + random() * (now() - at)
    FROM (SELECT n, now() - random() * interval '2 years' AS at FROM generate_series(1, %(cards)s) n) rows""",
    """INSERT INTO store_giftcardentry (id, card_id, kind, amount, balance_after, note, created_at)
    SELECT pg_temp.id('entry', n), pg_temp.id('card', n %% %(cards)s + 1), 'issue', 1, 1, '', now()
    FROM generate_series(1, %(cards)s) n""",
    """INSERT INTO store_sale (id, store_id, name, discount_percentage, is_enabled, reach_scope,
        covers_all_packages,
      start_date, end_date, created_at, updated_at)
    SELECT pg_temp.id('sale', n), %(store)s, 'Sale ' || n, 5 * n, true,
      CASE WHEN n = 1 THEN 'store' ELSE 'categories' END, false, now() - interval '1 year',
      CASE WHEN n > 4 THEN now() - interval '1 day' END, now() - interval '1 year', now() - n * interval '1 day'
    FROM generate_series(1, %(sales)s) n""",
    """INSERT INTO store_sale_categories (sale_id, category_id)
    SELECT pg_temp.id('sale', n), pg_temp.id('category', n) FROM generate_series(2, %(sales)s) n""",
    """INSERT INTO store_customer (id, store_id, player_key, player_username, player_uuid, total_spent,
        orders_count,
      last_purchase_at, created_at)
    SELECT pg_temp.id('customer', n), %(store)s, lower(pg_temp.player(n)), pg_temp.player(n),
      CASE WHEN n %% 2 = 0 THEN pg_temp.id('player', n)::text END, (random() * 50000)::int / 100.0, 1 + n %% 20,
      at + random() * (now() - at), at
    FROM (SELECT n, now() - random() * interval '1 year' AS at FROM generate_series(1, %(customers)s) n) rows""",
    """INSERT INTO store_ban (id, store_id, player_username, player_key, ip_address, reason, is_active,
        expires_at,
      created_at, updated_at)
    SELECT pg_temp.id('ban', n), %(store)s, pg_temp.player(n * 7), lower(pg_temp.player(n * 7)),
      CASE WHEN n %% 3 = 0 THEN '203.0.' || n %% 256 || '.' || n / 256 END,
      pg_temp.word('Griefing Cheating Insults Chargeback', n), n %% 4 <> 0,
      CASE WHEN n %% 5 = 0 THEN now() + interval '1 year' END, at, at
    FROM (SELECT n, now() - random() * interval '2 years' AS at FROM generate_series(1, %(bans)s) n) rows""",
    """INSERT INTO store_order (id, store_id, customer_id, player_username, email, status, payment_provider,
      payment_currency, transaction_id, subtotal, total_amount, coupon_id, coupon_discount_amount, gift_card_id,
      gift_card_amount, refunded_amount, refunded_to_card, ignores_limits, paid_at, created_at, updated_at)
    SELECT pg_temp.id('order', n), %(store)s, pg_temp.id('customer', buyer), pg_temp.player(buyer),
      lower(pg_temp.player(buyer)) || '@players.example', status,
      CASE WHEN n %% 10 = 0 THEN 'Manual' WHEN n %% 3 = 0 THEN 'PayPal' ELSE 'Stripe' END, 'EUR',
      CASE WHEN n %% 10 <> 0 THEN 'tx_' || n END, total + discount, total,
      CASE WHEN discount > 0 THEN pg_temp.id('coupon', 1 + floor(%(coupons)s * coupon ^ 3)::int) END, discount,
      CASE WHEN n %% 50 = 0 THEN pg_temp.id('card', n %% %(cards)s + 1) END, CASE
        WHEN n %% 50 = 0 THEN 0.5 ELSE 0 END,
      CASE WHEN status = 'Refunded' THEN total ELSE 0 END, 0, false,
      CASE WHEN status NOT IN ('Pending', 'Cancelled') THEN at END, at,
      CASE WHEN status = 'Paid' THEN at ELSE at + random() * (now() - at) END
    FROM (
      SELECT n, now() - random() ^ 1.3 * interval '365 days' AS at, random() AS coupon,
        1 + floor(%(customers)s * random() ^ 2)::int AS buyer,
        1 + (random() * 6000)::int / 100.0 AS total, CASE WHEN n %% 12 = 0 THEN 1.5 ELSE 0 END AS discount,
        CASE WHEN n %% 1000 < 960 THEN 'Paid' WHEN n %% 1000 < 982 THEN 'Refunded'
        WHEN n %% 1000 < 986 THEN 'Chargeback'
          WHEN n %% 1000 < 998 THEN 'Cancelled' ELSE 'Pending' END AS status
      FROM generate_series(1, %(orders)s) n
    ) rows""",
    """INSERT INTO store_orderitem (id, order_id, package_id, package_name, quantity, list_price,
        price_at_purchase,
      discount, total, counts, position)
    SELECT pg_temp.id('item' || place, n), pg_temp.id('order', n), pg_temp.id('package', package),
        'Package ' || package,
      1 + n %% 2, 10, 10, 0, 10 * (1 + n %% 2), true, place
    FROM (
      SELECT n, place, 1 + floor(%(packages)s * random() ^ 3)::int AS package
      FROM generate_series(1, %(orders)s) n CROSS JOIN generate_series(0, 1) place
      WHERE place = 0 OR n %% 2 = 0
    ) rows""",
    """INSERT INTO store_subscription (id, store_id, customer_id, package_id, item_id, status, anchor_at,
        periods,
      current_period_end, cancel_at_period_end, created_at, updated_at)
    SELECT pg_temp.id('subscription', n), %(store)s, pg_temp.id('customer', n), pg_temp.id('package',
        n %% 100 * 40 + 40),
      pg_temp.id('item0', n), CASE WHEN n %% 3 = 0 THEN 'active'
        WHEN n %% 3 = 1 THEN 'cancelled' ELSE 'expired' END,
      at, 1, at + interval '1 month', false, at, at
    FROM (SELECT n, now() - random() * interval '1 year' AS at
      FROM generate_series(1, least(%(subscriptions)s, %(orders)s)) n) rows""",
)


def fill(store: Store, size: Size = Size()) -> None:
    """Write the rows of a store, build the indexes once at the end, and let the database count."""
    values = {
        "store": store.pk,
        "packages": size.packages,
        "customers": size.customers,
        "orders": size.orders,
        "servers": SERVERS,
        "categories": CATEGORIES,
        "coupons": COUPONS,
        "cards": CARDS,
        "sales": SALES,
        "bans": BANS,
        "subscriptions": SUBSCRIPTIONS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BASE % {"store": store.pk})
        later = _without_indexes(cursor)
        for statement in _STATEMENTS:
            cursor.execute(statement, values)
        for definition in later:
            cursor.execute(definition)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE store_{table}")


def _without_indexes(cursor: Any) -> list[str]:
    """Drop the indexes of the largest tables that are no constraints; return the statements that make them."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('store_order', 'store_orderitem')"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]
