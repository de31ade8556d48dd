// Package industrial holds the protocols of plants, buildings, vehicles and things, one file each.
package industrial
