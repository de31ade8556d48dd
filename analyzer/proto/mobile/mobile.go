// Package mobile holds the protocols of mobile networks, 2G to 5G, one file each.
package mobile
