/** Formatting of XML, JavaScript, styles, YAML and JSON (OCA style). */
module.exports = {
    // The plugin lives in the hook's own environment, not in the repository.
    plugins: [require.resolve("@prettier/plugin-xml")],
    bracketSpacing: false,
    printWidth: 88,
    tabWidth: 4,
    semi: true,
    trailingComma: "es5",
    // White space inside a view can be visible: it is never added or taken away.
    xmlWhitespaceSensitivity: "strict",
    overrides: [{files: ["*.{yml,yaml,json}"], options: {tabWidth: 2}}],
};
