#!/bin/sh
# Runs all tests with the race detector and says at the end what was skipped.
# With CI=true a skipped test is a failure, unless it is for a server that cannot be fetched.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
go vet ./... || exit 1
# Whoever uses threads or shares memory between them is tested with the race detector.
threaded='^[[:space:]]*go (func|[a-zA-Z_.]+[(])|^(import|[[:space:]])[[:space:]]*"sync(/atomic)?"|[.]Go[(]'
race=-race
if ! command -v "$(go env CC)" >/dev/null 2>&1; then
	race=""
	echo "no C compiler: tests run without the race detector"
fi
threads="" plain="" allocs=""
for package in $(go list -f '{{.ImportPath}}={{.Dir}}' ./probe ./...); do # probe waits most: it begins first
	path=${package%%=*} dir=${package#*=}
	if find "$dir" -maxdepth 1 -name '*.go' ! -name '*_test.go' -exec grep -qE "$threaded" {} +; then
		threads="$threads $path"
		! grep -qs AllocsPerRun "$dir"/*_test.go || allocs="$allocs $path"
	else
		plain="$plain $path"
	fi
done
# The commands that tests start many times need not wait a second for races at their end.
export GORACE="${GORACE:-atexit_sleep_ms=10}"
# run tests packages, three at a time: many tests wait more than they compute.
status=0
run() { go test -p 3 -timeout 14m -v "$@" >>"$log" 2>&1 || status=1; }
# shellcheck disable=SC2086
{
	run $race -skip Alloc $threads
	run -run Alloc $allocs
	run $plain
}
grep -E '^(ok|FAIL|panic|---? FAIL|\?)' "$log" | grep -v 'no test files'
if [ $status -ne 0 ]; then
	grep -E -B30 -A10 '^\s*--- FAIL|^panic:|DATA RACE' "$log" | grep -vE '^(=== (RUN|PAUSE|CONT|NAME)|\s*--- (PASS|SKIP))' | tail -300
fi
skipped=$(grep -cE '^\s*--- SKIP' "$log")
if [ "$skipped" -gt 0 ]; then
	echo "$skipped tests were skipped:"
	grep -E -A2 '^\s*--- SKIP' "$log" | grep -vE '^--$' | sed 's/^/  /' | sort | uniq -c | sort -rn | head -40
	unreachable=$(grep -c 'mvn does not get it from its repository' "$log")
	if [ "${CI:-}" = true ] && [ "$skipped" -gt "$unreachable" ]; then
		echo "with CI=true nothing may be skipped that could be installed"
		status=1
	fi
fi
passed=$(grep -cE '^\s*--- PASS' "$log")
failed=$(grep -cE '^\s*--- FAIL' "$log")
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
