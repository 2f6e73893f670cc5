//! HTTP and WebSocket for Aeolian.
