//! Words in the names of clips and lanes.

/// Whether a name has one of some words in it, in any case.
pub(crate) fn has_word(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}
