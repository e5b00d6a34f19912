//! The door and the gate over ports in memory: the rules that hold for every surface and every provider.

mod door;
mod gate;
mod world;
