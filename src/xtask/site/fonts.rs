//! What the styles name by `url(/…)`: fonts above all. Each such public file gets a name with its hash, and the styles
//! name that.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use crate::site::collection::Collection;

/// Rewrites the addresses in `styles` that name public files, and adds those files to the collection. An address that
/// leads to no file is an error; one of another origin, of data or of a fragment stays as it is.
pub fn link(styles: &str, public: &BTreeMap<String, Vec<u8>>, collection: &mut Collection) -> Result<String> {
    let mut linked = String::with_capacity(styles.len());
    let mut rest = styles;
    while let Some((before, after)) = rest.split_once("url(") {
        let (written, remainder) = after.split_once(')').context("the styles have a url( without an end")?;
        linked.push_str(before);
        linked.push_str("url(");
        linked.push_str(&address(written, public, collection)?);
        linked.push(')');
        rest = remainder;
    }
    linked.push_str(rest);
    Ok(linked)
}

fn address(written: &str, public: &BTreeMap<String, Vec<u8>>, collection: &mut Collection) -> Result<String> {
    let bare = written.trim().trim_matches(['"', '\'']);
    let Some(local) = bare.strip_prefix('/').filter(|local| !local.starts_with('/')) else {
        return Ok(written.to_owned());
    };
    let (path, fragment) = local.find(['?', '#']).map_or((local, ""), |at| local.split_at(at));
    let content =
        public.get(path).with_context(|| format!("the styles name /{path}, which is not in the public folder"))?;
    Ok(format!("{}{fragment}", collection.add_asset(path, content.clone())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_gets_its_hashed_name() -> Result<()> {
        let public = BTreeMap::from([("fonts/inter.woff2".to_owned(), Vec::new())]);
        let mut collection = Collection::new("assets");
        let styles = "@font-face { src: url(\"/fonts/inter.woff2\") format(\"woff2\") }";
        let linked = link(styles, &public, &mut collection)?;
        assert_eq!(linked, "@font-face { src: url(/assets/inter.e3b0c44298fc1c14.woff2) format(\"woff2\") }");
        Ok(())
    }

    #[test]
    fn other_addresses_stay() -> Result<()> {
        let styles = "a { mask: url(#m); background: url('data:image/svg+xml,x'), url(//cdn.example/x.png) }";
        assert_eq!(link(styles, &BTreeMap::new(), &mut Collection::new("assets"))?, styles);
        Ok(())
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let linked = link("a { src: url(/fonts/none.woff2) }", &BTreeMap::new(), &mut Collection::new("assets"));
        assert!(linked.is_err());
    }
}
