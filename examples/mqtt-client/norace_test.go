//go:build !race

package mqttclient_test

// hours of TestDay.
const hours = 24
