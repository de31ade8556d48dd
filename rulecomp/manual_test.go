package rulecomp

import "testing"

// TestManual compiles the examples of manual sections 4.2 and 4.3.2.
func TestManual(t *testing.T) {
	c := newCompiler(t)
	const searchEngine = `
static inline bool em_is_search_engine(const char *agent){
   if( strstr( agent, "google" ) != NULL )
       return true;
   return false;
}`
	for _, test := range []struct {
		code, first, second, want string
		external                  string
	}{
		{searchEngine, "(#em_is_search_engine( http.user_agent ) == true)", "(ip.src != ip.dst)",
			"(needs 0) (== (#em_is_search_engine http.user_agent) 1)\n(needs 1 2) (!= ip.src ip.dst)", "em_is_search_engine(bytes) number"},
		{"int em_check_URI(const char *uri);", "((ip.src != ip.dst) && (#em_check_URI(http.uri) == 1))", "((tcp.flags == 4) && (tcp.rst == 1))",
			"(needs 0 1 2) (&& (!= ip.src ip.dst) (== (#em_check_URI http.uri) 1))\n(needs 3 4) (&& (== tcp.flags 4) (== tcp.rst 1))", "em_check_URI(bytes) number"},
		{"", "(nfs.file_name != '')", "((http.packet_count != 0)&&(#strstr(tcp.p_payload, nfs.file_name.1) != 0))",
			"(needs 1) (!= nfs.file_name \"\")\n(needs 0 2) (&& (!= http.packet_count 0) (present (#strstr tcp.p_payload nfs.file_name@1)))", ""},
		{"#include \"hiredis/hiredis.h\"\nstatic inline int em_check_nfs_redis(const char *p_payload){ return 0; }",
			"((http.packet_count != 0) && (tcp.payload_len != 0))", "(#em_check_nfs_redis(tcp.p_payload) == 1)",
			"(needs 0 1) (&& (!= http.packet_count 0) (!= tcp.payload_len 0))\n(needs 2) (== (#em_check_nfs_redis tcp.p_payload) 1)", "em_check_nfs_redis(bytes) number"},
	} {
		f, err := c.Parse("x.xml", property(test.code, test.first, test.second))
		if err != nil {
			t.Errorf("%s, %s: %v", test.first, test.second, err)
			continue
		}
		checkFile(t, c, f)
		if got := eventText(f); got != test.want {
			t.Errorf("%s, %s:\n got %s\nwant %s", test.first, test.second, got, test.want)
		}
		external := ""
		for _, fn := range f.External {
			external += fn.Name + fn.Signature()
		}
		if external != test.external || f.Code != test.code {
			t.Errorf("%s: external %q, code %q", test.first, external, f.Code)
		}
	}
}
