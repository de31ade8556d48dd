// Package media reads what streaming over the web carries: playlists (M3U8) and
// transport streams (MPEG-TS). Readers are fed the pieces of one body, in order.
// They know nothing of packets, of HTTP, or of who asks.
package media
