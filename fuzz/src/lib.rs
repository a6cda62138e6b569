//! The fuzz targets are this package's examples: cargo builds examples with the tests, and never runs them.
#![forbid(unsafe_code)]
