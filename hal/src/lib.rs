//! Hardware abstraction.
