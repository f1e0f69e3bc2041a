"""Operations: read, call the core, act under a lock, record. Thin, and free of any concrete technology."""
