//! Every way out: formats, directories, and templates of the user's own.
