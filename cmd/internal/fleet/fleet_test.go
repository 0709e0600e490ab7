package fleet

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	emusdk "github.com/emu8266/emu8266/emulator/sdk"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Percentiles are at most 1/64 above those of the sorted times, never below, and parts that are merged have those of the whole.
func TestPercentilesAreThoseOfTheSortedTimes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var whole, sum Times
	parts := make([]Times, 3)
	var all []time.Duration
	for i := range 5000 {
		d := time.Duration(r.ExpFloat64() * float64(20*time.Millisecond))
		all = append(all, d)
		whole.Add(d)
		parts[i%3].Add(d)
	}
	slices.Sort(all)
	for _, p := range []float64{1, 50, 90, 99, 99.9, 100} {
		exact := all[int(p/100*float64(len(all))+0.9999999)-1]
		got := whole.Percentile(p)
		assert.GreaterOrEqual(t, got, exact.Truncate(time.Microsecond), "%v %%", p)
		assert.LessOrEqual(t, got, exact+exact/64+time.Microsecond, "%v %%", p)
	}
	for i := range parts {
		b, err := json.Marshal(parts[i])
		require.NoError(t, err)
		var back Times
		require.NoError(t, json.Unmarshal(b, &back))
		sum.merge(&back)
	}
	assert.Equal(t, whole, sum)
	assert.Zero(t, (&Times{}).Percentile(99))
}

// Each step's top is in it, and the next time is in the next step.
func TestStepsHaveNoGaps(t *testing.T) {
	for s := range stepMost {
		require.Equal(t, s, step(top(s)))
		require.Equal(t, s+1, step(top(s)+1))
	}
}

func TestParseShard(t *testing.T) {
	env := func(string) string { return "3" }
	none := func(string) string { return "" }
	for _, row := range []struct {
		text   string
		getenv func(string) string
		want   Shard
		err    string
	}{
		{"", none, Shard{0, 1}, ""},
		{"0/8", none, Shard{0, 8}, ""},
		{"7/8", env, Shard{7, 8}, ""},
		{"8", env, Shard{3, 8}, ""},
		{"8", none, Shard{}, "JOB_COMPLETION_INDEX"},
		{"3", env, Shard{}, "from 0 to 2"},
		{"8/8", none, Shard{}, "from 0 to 7"},
		{"-1/8", none, Shard{}, "from 0 to 7"},
		{"0/0", none, Shard{}, "COUNT from 1"},
		{"0/99999999", none, Shard{}, "COUNT from 1"},
		{"a/b", none, Shard{}, "COUNT from 1"},
	} {
		got, err := ParseShard(row.text, row.getenv)
		if row.err != "" {
			assert.ErrorContains(t, err, row.err, row.text)
			continue
		}
		assert.NoError(t, err, row.text)
		assert.Equal(t, row.want, got, row.text)
	}
}

// Every device is in one shard, whatever their number.
func TestShardsAreTheWhole(t *testing.T) {
	for _, count := range []int{1, 2, 3, 7, 100} {
		seen := map[int]int{}
		for i := range count {
			p := Plan{Devices: 100, Shard: Shard{i, count}}
			for _, n := range p.numbers() {
				seen[n]++
			}
		}
		assert.Len(t, seen, 100, "%d shards", count)
		for n, times := range seen {
			assert.Equal(t, 1, times, "device %d of %d shards", n, count)
		}
	}
	seeds, macs := map[uint64]bool{}, map[string]bool{}
	p := Plan{}
	for n := range DevicesMax {
		seeds[p.SeedOf(n)] = true
		macs[string(append([]byte{}, macOf(n)...))] = true
	}
	assert.Len(t, seeds, DevicesMax)
	assert.Len(t, macs, DevicesMax)
}

// Devices that are switched on one after the other do not share a network, and none has more than it may.
func TestNeighboursAreOnDifferentNetworks(t *testing.T) {
	for _, devices := range []int{1, 32, 33, 64, 65, 1000} {
		p := Plan{Devices: devices, Shard: Shard{0, 1}}
		for range p.Cells() {
			p.Networks = append(p.Networks, &vnet.Network{})
		}
		on := map[*vnet.Network]int{}
		for i := range devices {
			on[p.network(i)]++
			assert.Equal(t, p.Cells() == 1, p.network(i) == p.network(i+1), "devices %d and %d of %d", i, i+1, devices)
		}
		assert.Len(t, on, p.Cells())
		for _, n := range on {
			assert.LessOrEqual(t, n, CellSize)
			assert.GreaterOrEqual(t, n, devices/p.Cells())
		}
	}
}

var serverAddr = netip.MustParseAddr("10.0.0.10")

func macOf(n int) []byte { m := mac(n); return m[:] }

// echo connects to a server, sends each second, and connects again when that ends. Device 3 crashes after twelve seconds.
func echo(sdk *emulator.SDK) {
	var connect func()
	connect = func() {
		c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
			RemoteIP: [4]byte{10, 0, 0, 10}, RemotePort: 7, LocalPort: int(sdk.Port())}}}
		again := &emusdk.OsTimer{}
		sdk.OsTimerSetfn(again, func() { connect() })
		sdk.RegistConnectcb(c, func(c *espconn.Espconn) { sdk.Send(c, []byte("are you there?")) })
		sdk.RegistRecvcb(c, func(*espconn.Espconn, []byte) {})
		sdk.RegistReconcb(c, func(*espconn.Espconn, espconn.Err) { sdk.OsTimerArm(again, 1000, false) })
		sdk.RegistDisconcb(c, func(*espconn.Espconn) { sdk.OsTimerArm(again, 1000, false) })
		sdk.Connect(c)
	}
	start := &emusdk.OsTimer{}
	sdk.OsTimerSetfn(start, func() { connect() })
	sdk.OsTimerArm(start, 5000, false)
	if sdk.SystemGetChipID()&0xff == 3 {
		die := &emusdk.OsTimer{}
		sdk.OsTimerSetfn(die, func() { panic("the third device") })
		sdk.OsTimerArm(die, 12_000, false)
	}
}

// runFleet runs 12 devices whose server answers one message of each connection after 10 ms, and closes it 4 s later.
func runFleet(t *testing.T, shard Shard, until Goal) *Result {
	var r *Result
	synctest.Test(t, func(t *testing.T) {
		n := vnet.New(vnet.Options{Seed: 1})
		n.Gateway(vnet.GatewayConfig{})
		h := n.Host("server", serverAddr)
		l, err := h.Listen("tcp", ":7")
		require.NoError(t, err)
		var work sync.WaitGroup
		work.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				work.Go(func() {
					defer c.Close()
					b := make([]byte, 100)
					k, err := c.Read(b)
					if err != nil {
						return
					}
					time.Sleep(10 * time.Millisecond)
					_, _ = c.Write(b[:k])
					time.Sleep(4 * time.Second)
				})
			}
		})
		p := Plan{Devices: 12, Shard: shard, Ramp: 1200 * time.Millisecond, For: 30 * time.Second, Until: until, Seed: 7,
			Networks: []*vnet.Network{n},
			Config:   emulator.Config{Association: -1},
			Firmware: func() emulator.Firmware { return emulator.Go(echo) }}
		r, err = p.Run(t.Context())
		require.NoError(t, err)
		require.NoError(t, n.Close())
		work.Wait()
	})
	r.Fleet = Fleet{Version: "test", Devices: 12, Shards: max(shard.Count, 1)}
	return r
}

// What a fleet finds, and that its shards find the same together, read back from their files.
func TestShardsFindWhatTheWholeFinds(t *testing.T) {
	whole := runFleet(t, Shard{}, Never)
	s := whole.Sums
	assert.Equal(t, 12, s.Devices)
	assert.Equal(t, 12, s.Joined)
	assert.Equal(t, 12, s.Connected)
	assert.Equal(t, 1, s.Crashed)
	assert.False(t, whole.OK(), "a device has crashed")
	assert.Equal(t, s.Attempts, s.Connections)
	assert.Equal(t, s.Connections, s.Up+s.Closed+s.Broken, "each connection is up or has ended")
	assert.Greater(t, s.Reconnects, 30)
	assert.Equal(t, 1, s.Broken, "by the crash: the server closes in good order")
	require.Len(t, whole.Crashes, 1)
	assert.Contains(t, whole.Crashes[0].ID, "the third device")
	assert.Equal(t, Name(3), whole.Crashes[0].Device)
	assert.InDelta(t, 12.3, whole.Crashes[0].At, 0.001)
	assert.InDelta(t, 0.0121, whole.Times.RoundTrip.Percentile(50).Seconds(), 0.0005)
	assert.InDelta(t, 1, whole.Times.Reconnect.Percentile(50).Seconds(), 0.05)

	parts := runShards(t, Never)
	requireMergedIs(t, whole, parts)

	_, err := Merge(parts[1:], false)
	assert.EqualError(t, err, "1 of 5 shards are missing, the first is 4: --partial takes what is there")
	_, err = Merge(parts[1:], true)
	assert.NoError(t, err)
	_, err = Merge(append(parts, parts[2]), false)
	assert.ErrorContains(t, err, "shard 2 of 5 is there twice")
	parts[0].Fleet.Seed++
	_, err = Merge(parts, false)
	assert.ErrorContains(t, err, "--seed")
	_, err = Merge(nil, true)
	assert.Error(t, err)
}

// Firmware that stands in a callback at the end, and feeds the watchdog, is told as one that crashed, all devices in one group.
func TestStandingFirmwareIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := vnet.New(vnet.Options{Seed: 1})
		n.Gateway(vnet.GatewayConfig{})
		p := Plan{Devices: 4, Ramp: time.Second, For: 20 * time.Second, Networks: []*vnet.Network{n}, Firmware: func() emulator.Firmware {
			return emulator.Go(func(sdk *emulator.SDK) {
				var timer emusdk.OsTimer
				sdk.OsTimerSetfn(&timer, func() {
					for {
						sdk.OsDelayUs(1000)
						sdk.SystemSoftWdtFeed()
					}
				})
				sdk.OsTimerArm(&timer, 100, false)
			})
		}}
		r, err := p.Run(t.Context())
		require.NoError(t, err)
		require.NoError(t, n.Close())
		assert.Equal(t, 4, r.Sums.Crashed)
		require.Len(t, r.Crashes, 1)
		assert.Equal(t, 4, r.Crashes[0].Devices)
		assert.Contains(t, r.Crashes[0].Text, "the fleet's time is over")
	})
}

// runShards runs runFleet's devices in five shards, and gives what is read back from their files, the last first.
func runShards(t *testing.T, until Goal) []Result {
	var files bytes.Buffer
	for i := range 5 {
		b, err := json.Marshal(runFleet(t, Shard{i, 5}, until))
		require.NoError(t, err)
		files.Write(b)
	}
	parts, err := ReadResults(&files)
	require.NoError(t, err)
	require.Len(t, parts, 5)
	slices.Reverse(parts)
	return parts
}

func requireMergedIs(t *testing.T, whole *Result, parts []Result) {
	t.Helper()
	sum, err := Merge(parts, false)
	require.NoError(t, err)
	assert.Equal(t, whole.Sums, sum.Sums)
	assert.Equal(t, whole.Times, sum.Times)
	assert.Equal(t, whole.Causes, sum.Causes)
	assert.Equal(t, whole.Crashes, sum.Crashes)
	assert.Equal(t, whole.Findings, sum.Findings)
}

// With a goal each shard ends when its own devices have reached it, which is not when the whole ends; what they find is still the same,
// as a device is counted until it has reached it.
func TestShardsThatEndEarlierFindWhatTheWholeFinds(t *testing.T) {
	for until, most := range map[Goal]int{Connected: 0, Answered: 12} {
		whole := runFleet(t, Shard{}, until)
		s := whole.Sums
		assert.Equal(t, Sums{Devices: 12, Joined: 12, Connected: 12, Answered: most, Up: 12, Attempts: 12, Connections: 12,
			Sends: most, Receives: most, Received: most * len("are you there?")}, s)
		assert.EqualValues(t, most, whole.Times.RoundTrip.Count)
		parts := runShards(t, until)
		assert.Greater(t, whole.Parts[0].Seconds, parts[4].Parts[0].Seconds+0.05, "the first shard has the earlier devices")
		requireMergedIs(t, whole, parts)
	}
}

// A crash counts until the fleet ends, whatever the device has reached before.
func TestCrashBehindTheGoalCounts(t *testing.T) {
	tally := newTally(cause.English, time.Minute)
	tally.goal, tally.wanted, tally.all = Connected, 2, make(chan struct{})
	w := newWatcher(tally, "device-00000", 0)
	w.event(trace.Event{At: time.Second, Source: trace.SourceCallback, Kind: trace.KindConnect, Conn: "a"})
	w.event(trace.Event{At: 2 * time.Second, Source: trace.SourceAPI, Kind: trace.KindReturn, Name: "espconn_send", Conn: "a"})
	w.event(trace.Event{At: 3 * time.Second, Source: trace.SourceDevice, Kind: trace.KindFatal, Name: "exception", Text: "28"})
	assert.Equal(t, Sums{Connected: 1, Connections: 1, Up: 1, Crashed: 1}, tally.sums)
	require.Len(t, tally.crashes, 1)
}

// What is no result is refused with the reason.
func TestReadResultsRefuses(t *testing.T) {
	for _, row := range []struct{ text, err string }{
		{"{}", "no fleet"},
		{"emu8266: 3 of 8 devices", "no result"},
		{`{"fleet":{"shards":1000000000},"parts":[{}]}`, "no fleet"},
		{`{"fleet":{"shards":1},"parts":[{}],"seconds":{"join":{"count":2,"steps":[[1,1]]}}}`, "do not add up"},
		{`{"fleet":{"shards":1},"parts":[{}],"seconds":{"join":{"count":1,"steps":[[99999999,1]]}}}`, "do not add up"},
		{`{"fleet":{"shards":1},"parts":[{}]`, "unexpected EOF"},
	} {
		_, err := ReadResults(strings.NewReader(row.text))
		assert.ErrorContains(t, err, row.err, row.text)
	}
	all, err := ReadResults(strings.NewReader(""))
	assert.NoError(t, err)
	assert.Empty(t, all)
}
