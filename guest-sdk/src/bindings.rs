//! What wit-bindgen makes of `wit/`. Everything a task's author needs of it is
//! re-exported under plain names by the crate root.

wit_bindgen::generate!({
    world: "task",
    path: "../wit",
    pub_export_macro: true,
    export_macro_name: "export_component",
    additional_derives: [PartialEq],
    // It holds a resource.
    additional_derives_ignore: ["fitted"],
    additional_type_attributes: {
        "pleat:task/types@0.1.0/fit-options": [#[derive(Default)]],
        "pleat:task/types@0.1.0/prediction": [#[derive(Default)]],
    },
    generate_unused_types: true,
});
