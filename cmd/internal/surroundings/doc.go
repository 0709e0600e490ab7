// Package surroundings reads what surrounds a device on the command line and in a project's file: access points, names, ways out to real
// servers and ways in, the addresses that firmware gives itself. It opens nothing; commands do what a Plan says.
//
//	around := surroundings.Reachable{AP: []string{"home:secret"}, Allow: []string{"api.example:80=localhost:8080"}}
//	plan, err := surroundings.Settings{Reachable: around}.Plan()
//
// # Names and addresses
//
// A name that --dns or --allow mentions exists on the device's network. Without an address of its own it leads to one of 198.51.100.0/24,
// a range that is nobody's (RFC 5737), so that servers of different names do not get in each other's way. Choice.
package surroundings
