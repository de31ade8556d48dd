package reconstruct

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// maxName bounds a name, bytes; file systems allow 255, and an ending follows.
const maxName = 200

// nameOf returns the name of a file without what tells it from others of the same
// name, and its ending: "mmt-32-pic.example.com-=images=a" and ".jpg". It is made
// of ASCII letters, digits and a few signs only, and is no path.
func nameOf(session uint64, f *File) (base, ending string) {
	name := append([]byte("mmt-"), strconv.FormatUint(session, 10)...)
	name = appendSafe(append(name, '-'), f.Host)
	name = appendSafe(append(name, '-'), pathOf(f.URI))
	if len(name) > maxName {
		h := fnv.New32a()
		h.Write(name)
		name = fmt.Appendf(name[:maxName-9], "~%08x", h.Sum32())
	}
	if ending = endingOf(f.MIME); ending == "" {
		ending = nameEnding(string(name))
	}
	return splitEnding(string(name), ending)
}

// pathOf takes scheme and authority off a request target that has them, as those to
// proxies do (RFC 9112 section 3.2.2).
func pathOf(target []byte) []byte {
	_, rest, absolute := bytes.Cut(target, []byte("://"))
	if !absolute || len(target) > 0 && target[0] == '/' {
		return target
	}
	if i := bytes.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return []byte("/")
}

// appendSafe appends a text of the network: '=' for the slash, and '_' for all that
// some file system, shell or reader of reports could take for something else.
func appendSafe(dst, text []byte) []byte {
	for _, c := range text {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~+@,=", c) >= 0:
			dst = append(dst, c)
		case c == '/' || c == '\\':
			dst = append(dst, '=')
		default:
			dst = append(dst, '_')
		}
	}
	return dst
}

// endings are those of media types (IANA "Media Types").
var endings = map[string]string{
	"application/gzip": ".gz", "application/java-archive": ".jar", "application/javascript": ".js", "application/json": ".json",
	"application/msword": ".doc", "application/ocsp-response": ".ors", "application/pdf": ".pdf", "application/rtf": ".rtf",
	"application/vnd.android.package-archive": ".apk", "application/vnd.apple.mpegurl": ".m3u8", "application/vnd.ms-excel": ".xls",
	"application/vnd.ms-powerpoint": ".ppt", "application/wasm": ".wasm", "application/x-javascript": ".js",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/x-dosexec": ".exe", "application/x-msdownload": ".exe", "application/x-shockwave-flash": ".swf", "application/x-tar": ".tar",
	"application/x-7z-compressed": ".7z", "application/xhtml+xml": ".xhtml", "application/xml": ".xml", "application/zip": ".zip",
	"audio/mp4": ".m4a", "audio/mpeg": ".mp3", "audio/ogg": ".ogg", "audio/wav": ".wav", "audio/x-wav": ".wav",
	"font/woff": ".woff", "font/woff2": ".woff2",
	"image/bmp": ".bmp", "image/gif": ".gif", "image/jpeg": ".jpg", "image/jpg": ".jpg", "image/png": ".png", "image/svg+xml": ".svg",
	"image/tiff": ".tiff", "image/vnd.microsoft.icon": ".ico", "image/webp": ".webp", "image/x-icon": ".ico",
	"text/calendar": ".ics", "text/css": ".css", "text/csv": ".csv", "text/html": ".html", "text/javascript": ".js",
	"text/plain": ".txt", "text/xml": ".xml",
	"video/mp2t": ".ts", "video/mp4": ".mp4", "video/mpeg": ".mpeg", "video/ogg": ".ogv", "video/quicktime": ".mov",
	"video/webm": ".webm", "video/x-flv": ".flv", "video/x-msvideo": ".avi",
}

// endingOf returns the ending of files of a media type, "" if it is not known.
func endingOf(mime []byte) string {
	kind, _, _ := bytes.Cut(mime, []byte(";"))
	return endings[strings.ToLower(string(bytes.TrimSpace(kind)))]
}

// alias is another ending of the same kind of files.
var alias = map[string]string{".jpg": ".jpeg", ".html": ".htm", ".tiff": ".tif", ".mpeg": ".mpg"}

// splitEnding splits the ending of a kind of files, or its alias, off a name. A name
// that does not have it gets it.
func splitEnding(name, ending string) (base, own string) {
	lower := strings.ToLower(name)
	for _, e := range [...]string{ending, alias[ending]} {
		if e != "" && strings.HasSuffix(lower, e) {
			return name[:len(name)-len(e)], name[len(name)-len(e):]
		}
	}
	return name, ending
}

// maxEnding bounds what is taken for an ending that the name has, bytes.
const maxEnding = 8

// nameEnding returns the ending that a name has, "" if it has none.
func nameEnding(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || len(name)-i > maxEnding || strings.ContainsAny(name[i:], "=-") {
		return ""
	}
	return name[i:]
}
