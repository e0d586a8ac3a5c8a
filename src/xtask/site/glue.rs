//! The module and its glue, which name each other: who is named gets its hash first, and the namer is rewritten to it.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::digest;
use crate::site::collection::Collection;
use crate::tree;

/// Collects what wasm-bindgen left in `folder` under the given stem.
pub fn collect(folder: &Path, stem: &str, collection: &mut Collection) -> Result<()> {
    let mut files = tree::read(folder)?;
    let glue_name = format!("{stem}.js");
    let module_name = format!("{stem}_bg.wasm");
    let module = files.remove(&module_name).context("wasm-bindgen wrote no module")?;
    let glue = files.remove(&glue_name).context("wasm-bindgen wrote no glue")?;
    let mut glue = String::from_utf8(glue).context("the glue is not text")?;
    rename(&mut glue, &module_name, &digest::hashed(&module_name, &module))?;
    for (path, content) in files {
        // A snippet that imports another would need the same care as the glue; none does so far.
        if !path.ends_with(".js") || imports(&content) {
            bail!("the module brings {path}, which this build cannot name by its content");
        }
        rename(&mut glue, &path, &digest::hashed(&path, &content))?;
        collection.add_asset(&path, content)?;
    }
    collection.add_asset(&module_name, module)?;
    collection.add_asset(&glue_name, glue.into_bytes())?;
    Ok(())
}

/// Puts the hashed name where the glue names `path`, in either kind of quotes. Both lie in one folder.
fn rename(glue: &mut String, path: &str, hashed: &str) -> Result<()> {
    let mut found = false;
    for quote in ['"', '\''] {
        for prefix in ["", "./"] {
            let written = format!("{quote}{prefix}{path}{quote}");
            if glue.contains(&written) {
                *glue = glue.replace(&written, &format!("{quote}./{hashed}{quote}"));
                found = true;
            }
        }
    }
    if !found {
        bail!("the glue does not name {path}");
    }
    Ok(())
}

fn imports(script: &[u8]) -> bool {
    let text = String::from_utf8_lossy(script);
    text.lines()
        .map(str::trim_start)
        .any(|line| line.starts_with("import ") || line.contains(" from './") || line.contains(" from \"./"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_glue_names_the_hashed_module_and_snippets() -> Result<()> {
        let mut glue = "import { f } from './snippets/a/inline0.js';\nnew URL('x_bg.wasm', import.meta.url)".to_owned();
        rename(&mut glue, "x_bg.wasm", "x_bg.1.wasm")?;
        rename(&mut glue, "snippets/a/inline0.js", "inline0.2.js")?;
        assert_eq!(glue, "import { f } from './inline0.2.js';\nnew URL('./x_bg.1.wasm', import.meta.url)");
        Ok(())
    }

    #[test]
    fn a_file_that_nobody_names_is_an_error() {
        assert!(rename(&mut String::new(), "x_bg.wasm", "x_bg.1.wasm").is_err());
    }

    #[test]
    fn an_import_in_a_snippet_is_seen() {
        assert!(imports(b"import { a } from './b.js'"));
        assert!(!imports(b"export function a() { return 1 }"));
    }
}
