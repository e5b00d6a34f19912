mod answers;
mod documents;
mod forms;
mod generated;
mod planning;
