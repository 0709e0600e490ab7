//go:build race

package mqttclient_test

// hours of TestDay: the race detector makes a day of it take minutes, and its runtime fails on so long a run.
const hours = 4
