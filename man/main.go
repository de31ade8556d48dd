package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"mmt/config"
)

func main() {
	out := flag.String("o", "", "`FOLDER` that the pages go to")
	flag.Parse()
	if err := write(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}

// write writes the pages of the programs, PATH:SECTION each, and that of the
// configuration.
func write(out string, programs []string) error {
	if out == "" || len(programs) == 0 {
		return errors.New("a folder and programs are wanted: man -o FOLDER PROGRAM:SECTION")
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, p := range programs {
		path, section, ok := strings.Cut(p, ":")
		if !ok {
			return fmt.Errorf("%s: PROGRAM:SECTION is wanted, such as bin/mmt-probe:1", p)
		}
		help, err := exec.Command(path, "--help").Output()
		if err != nil {
			return fmt.Errorf("%s --help: %w (pages are made on the machine that the programs are built for)", path, err)
		}
		name := filepath.Base(path)
		if err := save(out, name+"."+section, commandPage(name, section, string(help))); err != nil {
			return err
		}
	}
	return save(out, "mmt-probe.conf.5", configPage(config.Overridable()))
}

func save(out, name, text string) error {
	return os.WriteFile(filepath.Join(out, name), []byte(text), 0o644)
}
