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

// classPath returns the class path of an artifact and all that it needs, which
// Maven fetches once a user. Where its repository cannot be reached the test
// skips, also with CI=true: nobody can mend that here.
func (a artifact) classPath(t testing.TB) string {
	t.Helper()
	Need(t, "java")
	Need(t, "mvn")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "mmt-test", a.name+"-"+a.version)
	if _, err := os.Stat(dir); err != nil {
		a.fetch(t, dir)
	}
	return filepath.Join(dir, "*")
}

// fetch makes the folder of the artifact. Tests of several packages may do so at
// the same time.
func (a artifact) fetch(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), a.name)
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(part)
	project := filepath.Join(part, "pom.xml")
	if err := os.WriteFile(project, fmt.Appendf(nil, pom, a.group, a.name, a.version), 0o644); err != nil {
		t.Fatal(err)
	}
	jars := filepath.Join(part, "jars")
	out, err := exec.Command("mvn", "-q", "-B", "-f", project, "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+jars).CombinedOutput()
	if err != nil {
		t.Skipf("no %s: mvn does not get it from its repository: %v\n%s", a.name, err, out)
	}
	if err := os.Rename(jars, dir); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
}
