//! A chat over all tools: a surface like the others, whose caller is a model that works for a person.
//!
//! The model is asked over HTTP ([`ModelServer`]), and each call that it wants goes through the door with the rights of the person who
//! is served. What a tool answered is data: it may come from anybody, and whoever wrote it may want the model to do something. So no
//! call changes anything once a tool has answered in a conversation, unless the person says so for exactly that call. The door holds
//! it ([`Invocation::asks_first`](toolbay_kernel::Invocation)), whatever the model, a tool or a tool that calls others makes of it.

mod budget;
mod calling;
mod chats;
mod history;
mod model;
mod offered;
mod prompt;
mod server;
mod settings;
mod turn;

pub use chats::Chats;
pub use model::{AskedCall, Message, Model, ModelError, OfferedTool, Prompt, Reply};
pub use server::{ModelServer, ServerError};
pub use settings::{ChatSettings, ModelSettings};
