// Package sofile is the container of compiled rule files (manual section 4.5):
// an ELF shared object with the text form of the properties in a section of its
// own. Files with embedded C are made by the C compiler; those without by Write,
// so that they need none. The package knows neither properties nor C.
package sofile

// Section is the section that holds the text.
const Section = ".mmt_rules"

// Symbol is the exported symbol of files that hold embedded C.
const Symbol = "mmt_module"
