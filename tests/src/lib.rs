//! Tests of Bellhop as a whole, from the outside.
