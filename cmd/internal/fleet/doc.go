// Package fleet runs one firmware on many devices and sums up what became of them: how many connected, how long that took, and why
// connections failed.
//
//	result, err := fleet.Plan{Devices: 5000, Config: config, Firmware: image.Firmware, Network: network, For: time.Minute}.Run(ctx)
//
// Each device has its number in the whole fleet, from which its name, its hardware address, its seed and the time at which it is
// switched on follow. So a fleet may be cut into shards that run anywhere, and Merge puts their results together. In virtual time the sum
// is what one process would have found, to the last digit, unless devices wait for each other on the way to a server: each shard has its
// own servers.
//
// Nothing is kept of a device's trace: its events are counted while they pass.
package fleet
