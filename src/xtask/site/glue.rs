//! The module, its parts and the scripts that load them. Who is named gets its hash first, and the namer is rewritten to it;
//! the two scripts name each other, so both get the hash of both.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::digest;
use crate::site::collection::Collection;
use crate::site::module::PARTS;
use crate::tree;

/// Collects what wasm-bindgen left in `folder` under the given stem.
pub fn collect(folder: &Path, stem: &str, collection: &mut Collection) -> Result<()> {
    let mut files = tree::read(folder)?;
    let glue_name = format!("{stem}.js");
    let module_name = format!("{stem}_bg.wasm");
    let module = files.remove(&module_name).context("wasm-bindgen wrote no module")?;
    let mut glue = text(&mut files, &glue_name)?;
    let mut loader = text(&mut files, PARTS)?;
    rename(&mut glue, &module_name, &digest::hashed(&module_name, &module))?;
    collection.add_asset(&module_name, module)?;
    for (path, content) in files {
        let namer = if path.ends_with(".wasm") { &mut loader } else { &mut glue };
        // A snippet that imports another would need the same care as the scripts here; none does so far.
        if path.ends_with(".js") && imports(&content) {
            bail!("the module brings {path}, which this build cannot name by its content");
        }
        rename(namer, &path, &digest::hashed(&path, &content))?;
        collection.add_asset(&path, content)?;
    }
    let digits = digest::digits(format!("{glue}{loader}").as_bytes());
    rename_import(&mut glue, PARTS, &digest::named(PARTS, &digits))?;
    rename_import(&mut loader, &glue_name, &digest::named(&glue_name, &digits))?;
    collection.add_asset_named(PARTS, &digits, loader.into_bytes())?;
    collection.add_asset_named(&glue_name, &digits, glue.into_bytes())
}

fn text(files: &mut BTreeMap<String, Vec<u8>>, name: &str) -> Result<String> {
    let content = files.remove(name).with_context(|| format!("wasm-bindgen wrote no {name}"))?;
    String::from_utf8(content).with_context(|| format!("{name} is not text"))
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

/// Puts the hashed name where a script imports `path`, and nowhere else: the module knows the other script by its own name.
fn rename_import(script: &mut String, path: &str, hashed: &str) -> Result<()> {
    let renamed = ['"', '\''].into_iter().fold(script.clone(), |text, quote| {
        text.replace(&format!("from {quote}./{path}{quote}"), &format!("from {quote}./{hashed}{quote}"))
    });
    if renamed == *script {
        bail!("no script imports {path}");
    }
    *script = renamed;
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
    fn an_import_is_renamed_and_the_name_that_the_module_knows_stays() -> Result<()> {
        let mut glue = "import * as import1 from \"./parts.js\";\nreturn { \"./parts.js\": import1 };".to_owned();
        rename_import(&mut glue, "parts.js", "parts.1.js")?;
        assert_eq!(glue, "import * as import1 from \"./parts.1.js\";\nreturn { \"./parts.js\": import1 };");
        assert!(rename_import(&mut glue, "parts.js", "parts.2.js").is_err());
        Ok(())
    }

    #[test]
    fn an_import_in_a_snippet_is_seen() {
        assert!(imports(b"import { a } from './b.js'"));
        assert!(!imports(b"export function a() { return 1 }"));
    }
}
