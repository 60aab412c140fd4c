"""The way out: home of the one guarded HTTP client for addresses that users gave us. No models."""
