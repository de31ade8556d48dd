package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// artifact is what Maven knows a program by.
type artifact struct{ group, name, version string }

// pom is a project that depends on one artifact.
const pom = `<project>
<modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>test</artifactId><version>1</version>
<dependencies><dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version></dependency></dependencies>
</project>
`

// javaOptions make a small server that starts fast.
var javaOptions = []string{"-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"}

// classPath returns the class path of an artifact and all that it needs, which
// Maven fetches once a user. Where its repository cannot be reached the test
// skips, also with CI=true: nobody can mend that here.
func (a artifact) classPath(t testing.TB) string {
	t.Helper()
	Need(t, "java")
	Need(t, "mvn")
	return filepath.Join(cached(t, a.name+"-"+a.version, func(dir string) { a.fetch(t, dir) }), "*")
}

// cached returns a folder of the user's cache, which fill makes where it is
// missing. Tests of several packages may ask at the same time.
func cached(t testing.TB, name string, fill func(dir string)) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "mmt-test", name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), name)
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(part)
	full := filepath.Join(part, "full")
	if err := os.Mkdir(full, 0o755); err != nil {
		t.Fatal(err)
	}
	fill(full)
	if err := os.Rename(full, dir); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return dir
}

// fetch gets the artifact into dir.
func (a artifact) fetch(t testing.TB, dir string) {
	t.Helper()
	project := filepath.Join(t.TempDir(), "pom.xml")
	if err := os.WriteFile(project, fmt.Appendf(nil, pom, a.group, a.name, a.version), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("mvn", "-q", "-B", "-f", project, "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+dir).CombinedOutput()
	if err != nil {
		t.Skipf("no %s: mvn does not get it from its repository: %v\n%s", a.name, err, out)
	}
}
