//! What the `solferino` command is made of, for the command itself, the demo and their tests.
#![forbid(unsafe_code)]

pub mod roll;
