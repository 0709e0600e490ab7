// Package radio plays the closed part of the SDK's Wi-Fi: station, scan, the cache of access points, soft-AP with its DHCP
// server, smartconfig, the settings of sleep, sniffer, WPS and country, and the network interface with the Go network stack
// above it.
//
// [Air] is what outlives a reset: the access points and the phone around the device, and what the SDK has saved. A [Radio] is
// what a reset wipes. All of it belongs to the device goroutine. Inside user_init a Radio only remembers wishes
// (sdk-surface.md, start order).
//
// Deviation: nothing is printed of what the SDK prints of Wi-Fi and of its DHCP client (sdk-surface.md, Log lines: scandone, state: 0 -> 2
// (b0), connected with NAME, dhcp client start..., ip:...). The trace has the events.
//
// Names such as lwip.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package radio
