"""FluxStore in the staff admin: every store's rows, found by indexes, and what the staff may do to them.

Rows are never edited: what is done calls the product's services, for a reason, under the staff person's own name.
E-mail addresses are masked here too; gift codes and key secrets are nowhere. For the rest of what a store's people
do, the staff join the store's team, which is on record as well.
"""
