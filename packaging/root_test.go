package packaging

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mmt/testserver"
)

// run runs a program in the folder of the project and returns what it printed.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = "..", append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// debian is a small Debian in a folder.
type debian struct {
	t   *testing.T
	dir string
}

// newDebian unpacks one. It wants root.
func newDebian(t *testing.T) *debian {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("packages are installed by root only")
	}
	for _, program := range []string{"mmdebstrap", "unshare", "ip"} {
		testserver.Need(t, program)
	}
	d := &debian{t: t, dir: t.TempDir()}
	if err := os.Chmod(d.dir, 0o755); err != nil { // the service's user goes through it
		t.Fatal(err)
	}
	archive := strings.TrimSpace(run(t, nil, "scripts/test-root.sh"))
	run(t, nil, "tar", "--numeric-owner", "-xf", archive, "-C", d.dir)
	return d
}

// inside enters a Debian: with mounts and a network that nobody else sees, of which
// nothing is left. It becomes the program that is run.
const inside = `set -e
ip link set lo up
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
exec chroot "$0" "$@"`

// command is a program of the Debian.
func (d *debian) command(args ...string) *exec.Cmd {
	cmd := exec.Command("unshare", append([]string{"--mount", "--net", "sh", "-c", inside, d.dir}, args...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"}
	return cmd
}

// run runs a program of the Debian, which must succeed.
func (d *debian) run(args ...string) string {
	d.t.Helper()
	out, err := d.command(args...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// install installs packages, which are files outside of the Debian.
func (d *debian) install(debs ...string) {
	d.t.Helper()
	args := []string{"dpkg", "--force-confdef", "--force-confold", "-i"}
	for _, deb := range debs {
		text, err := os.ReadFile(deb)
		if err != nil {
			d.t.Fatal(err)
		}
		d.write("/tmp/"+filepath.Base(deb), string(text))
		args = append(args, "/tmp/"+filepath.Base(deb))
	}
	d.run(args...)
}

func (d *debian) read(path string) string {
	d.t.Helper()
	text, err := os.ReadFile(d.dir + path)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// write writes a file; one that is there keeps its owner and its rights.
func (d *debian) write(path, text string) {
	d.t.Helper()
	if err := os.WriteFile(d.dir+path, []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

// has tells whether a path is there, be it a link that leads nowhere.
func (d *debian) has(path string) bool {
	_, err := os.Lstat(d.dir + path)
	return err == nil
}

// notOurs are folders of which packages that are gone may leave something: dpkg's
// own, and logs of what was done.
var notOurs = []string{"/proc", "/dev", "/sys", "/run", "/tmp", "/var/lib/dpkg", "/var/lib/systemd/deb-systemd-helper-enabled", "/var/log", "/var/cache"}

// others are files that change with the users, which stay (policy 9.2.1), and the
// folder that dpkg takes away with the last package that had something in it.
var others = []string{"/opt", "/etc/passwd-", "/etc/shadow-", "/etc/group-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-", "/etc/.pwd.lock"}

// paths lists all files and folders of the Debian.
func (d *debian) paths() map[string]bool {
	d.t.Helper()
	all := map[string]bool{}
	err := filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		path = strings.TrimPrefix(path, d.dir)
		for _, dir := range notOurs {
			if path == dir {
				return filepath.SkipDir
			}
		}
		all[path] = true
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, path := range others {
		delete(all, path)
	}
	return all
}
