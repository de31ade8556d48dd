// Command man writes the manual pages: of each command from what it prints for
// --help, of the configuration from the table of its options. So a page says what
// the program says. It knows no command by name.
//
//	man -o FOLDER PROGRAM:SECTION ...
//
// Pages are FOLDER/NAME.SECTION, and FOLDER/mmt-probe.conf.5.
package main
