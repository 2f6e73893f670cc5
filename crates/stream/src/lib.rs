//! A station at run time.
