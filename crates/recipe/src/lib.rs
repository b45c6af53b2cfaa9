//! Bellhop: recipe.
