//! The hands: observe, plan, journal, act.
