//! HTTP for plugins: a fixture that asks whatever it is told to, through the door and the gate, against servers of this machine.

mod asked;
mod hostile;
mod secrets;
mod world;
