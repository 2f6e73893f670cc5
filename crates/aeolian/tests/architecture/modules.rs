//! The modules of a crate, in the order in which they are declared, and what each imports from the others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// The names from the crate's root to a module.
pub type Name = Vec<String>;

/// A module, which is a file.
#[derive(Debug, Default)]
pub struct Module {
    /// Below it, in the order of their declaration.
    pub children: Vec<String>,
    /// The names that it only passes on, with the paths from which it has them.
    passed_on: BTreeMap<String, Name>,
    /// The paths that its code names, tests left out.
    paths: Vec<Name>,
}

/// A crate's modules by their names.
#[derive(Debug, Default)]
pub struct Modules(pub BTreeMap<Name, Module>);

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let tokens = match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
            _ => String::new(),
        };
        attribute.path().is_ident("test") || tokens == "test"
    })
}

/// The whole paths of a `use`.
fn flatten(tree: &UseTree, before: &Name, found: &mut Vec<(String, Name)>) {
    let longer = |name: String| {
        let mut path = before.clone();
        path.push(name);
        path
    };
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &longer(path.ident.to_string()), found),
        UseTree::Name(name) => {
            found.push((name.ident.to_string(), longer(name.ident.to_string())));
        }
        UseTree::Rename(name) => {
            found.push((name.rename.to_string(), longer(name.ident.to_string())));
        }
        UseTree::Glob(_) => found.push(("*".to_owned(), before.clone())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, found)),
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(module) => &module.attrs,
            Item::Fn(function) => &function.attrs,
            Item::Use(using) => &using.attrs,
            _ => return visit::visit_item(self, item),
        };
        if is_test(attributes) {
            return;
        }
        match item {
            Item::Mod(module) if module.content.is_none() => {
                self.children.push(module.ident.to_string());
            }
            Item::Use(using) => {
                let mut found = Vec::new();
                flatten(&using.tree, &Name::new(), &mut found);
                for (name, path) in found {
                    if matches!(using.vis, Visibility::Inherited) {
                        self.paths.push(path);
                    } else {
                        self.passed_on.insert(name, path);
                    }
                }
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 && path.leading_colon.is_none() {
            self.paths.push(path.segments.iter().map(|part| part.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }
}

impl Module {
    /// Whether its code names something of that crate.
    pub fn names(&self, crate_name: &str) -> bool {
        self.paths.iter().chain(self.passed_on.values()).any(|path| path[0] == crate_name)
    }
}

impl Modules {
    /// Reads a crate from the file of its root on.
    pub fn read(root: &Path) -> Self {
        let mut modules = Self::default();
        modules.read_file(root, Name::new());
        modules
    }

    fn read_file(&mut self, file: &Path, name: Name) {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let mut module = Module::default();
        module.visit_file(&syn::parse_file(&text).unwrap());
        let stem = file.file_stem().unwrap().to_string_lossy();
        let folder = file.parent().unwrap();
        let is_root = ["lib", "main", "mod"].contains(&&*stem);
        let below = if is_root { folder.to_owned() } else { folder.join(&*stem) };
        for child in module.children.clone() {
            let candidates = [below.join(format!("{child}.rs")), below.join(&child).join("mod.rs")];
            let exists = |file: &&PathBuf| file.exists();
            let Some(file) = candidates.iter().find(exists) else { continue };
            self.read_file(file, [name.clone(), vec![child]].concat());
        }
        self.0.insert(name, module);
    }

    /// The module in which a path ends that is named in `from`; none where it leads out of the crate.
    fn resolve(&self, from: &Name, path: &[String], depth: usize) -> Option<Name> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Name::new(),
            "self" => from.clone(),
            "super" => from[..from.len().checked_sub(1)?].to_vec(),
            _ => {
                let module = self.0.get(from)?;
                if !module.children.contains(first) && !module.passed_on.contains_key(first) {
                    return None;
                }
                rest = path;
                from.clone()
            }
        };
        while let Some((next, after)) = rest.split_first() {
            let module = self.0.get(&at)?;
            if next == "super" {
                at.pop()?;
            } else if module.children.contains(next) {
                at.push(next.clone());
            } else if let Some(passed_on) = module.passed_on.get(next)
                && depth < 8
            {
                let whole = [passed_on, after].concat();
                return self.resolve(&at, &whole, depth + 1);
            } else {
                break;
            }
            rest = after;
        }
        Some(at)
    }

    /// Every import from one file to another: who imports, from whom.
    pub fn imports(&self) -> Vec<(&Name, Name)> {
        let mut imports = Vec::new();
        for (name, module) in &self.0 {
            for path in &module.paths {
                let from = self.resolve(name, path, 0).filter(|from| from != name);
                imports.extend(from.map(|from| (name, from)));
            }
        }
        imports.sort();
        imports.dedup();
        imports
    }

    /// Whether an import is from a module that is declared later than the importer's own.
    pub fn runs_back_up(&self, importer: &Name, from: &Name) -> bool {
        let same = importer.iter().zip(from).take_while(|(a, b)| a == b).count();
        let (Some(own), Some(other)) = (importer.get(same), from.get(same)) else {
            // A module and one within it.
            return false;
        };
        let order = &self.0[&importer[..same]].children;
        let place = |name: &String| order.iter().position(|child| child == name);
        place(other) > place(own)
    }

    /// The files that import from each other in a circle.
    pub fn in_circles(&self) -> Vec<Name> {
        let imports = self.imports();
        let reaches = |start: &Name| {
            let mut reached: Vec<Name> = Vec::new();
            let mut waiting = vec![start.clone()];
            while let Some(at) = waiting.pop() {
                for (_, from) in imports.iter().filter(|(importer, _)| **importer == at) {
                    if !reached.contains(from) {
                        reached.push(from.clone());
                        waiting.push(from.clone());
                    }
                }
            }
            reached
        };
        self.0.keys().filter(|name| reaches(name).contains(name)).cloned().collect()
    }
}
