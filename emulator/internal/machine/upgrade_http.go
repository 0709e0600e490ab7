package machine

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// Figures of system_upgrade_start (SDK 3.0.6).
const (
	upgradeConnect  = 10 * time.Second      // for the connection
	upgradeSoon     = 10 * time.Millisecond // until the next step
	upgradeSectors  = 240                   // at most; more are not erased, and the upgrade waits for its end
	upgradeQueue    = upgradeSectors * 8    // heap bytes of the task that erases
	upgradeRequest  = 512                   // heap bytes for the HEAD request, twice
	statusMax       = 80                    // bytes of a reply's first line in a cause. Choice
	upgradeUserMark = "\xEA\x04"
	upgradeOldMark  = "\xE9\x03"
	// upgradeErase is the time for a sector, which the SDK erases one in a task. Choice: 45 ms, typical for a W25Q32; a
	// chip with Timing that takes longer takes its own time.
	upgradeErase = 45 * time.Millisecond
)

// UpgradeServer is a struct upgrade_server_info wherever it lies.
type UpgradeServer interface {
	Addr() (ip [4]byte, port uint16)
	Request() ([]byte, bool) // URL; false for NULL
	CheckTimes() uint32
	Checks() bool      // there is a CheckCb
	Check(loaded bool) // sets UpgradeFlag and calls CheckCb
}

// download is an upgrade by system_upgrade_start. The steps, the lines printed and the weak points are those of SDK 3.0.6:
// a HEAD request tells the length, then the sectors are erased, then a second connection gets the image. Nobody hears of
// errors of the connection; the upgrade then fails when CheckTimes are over.
type download struct {
	m           *Machine
	server      UpgradeServer
	conn        *espconn.Espconn // nil: gone
	blocks      [2]uint32        // of conn and its esp_tcp
	queue       uint32
	step, limit soc.Timer
	get         bool // the HEAD request was answered
	sum, total  int  // bytes of the image: announced, loaded
	erased      int
	tail        []byte    // the last four bytes loaded
	stage       string    // the step that was reached, for causes
	status      string    // the first line of the last reply
	told        bool      // why it fails was said
	came        time.Time // when the last bytes of the image did
	lengthless  bool      // the last header that came whole had no Content-Length
}

// The steps of a download, as causes name them.
const (
	stageConnect = "the connection for the HEAD request"
	stageHead    = "the reply to HEAD"
	stageErase   = "erasing the slot"
	stageGet     = "the connection for the image"
	stageLoad    = "loading the image"
)

// because names why the upgrade fails, once: what follows from it is not told. e has its figures.
func (d *download) because(id soc.CauseID, e trace.Event) {
	if d.told {
		return
	}
	d.told = true
	e.Source = trace.SourceDevice
	d.m.soc.Because(id, e)
}

// overdue is the end of check_times.
func (d *download) overdue() {
	if d.lengthless {
		d.unread()
	}
	reached := d.progress()
	if d.stage == stageLoad && !d.came.IsZero() {
		reached = fmt.Sprintf("%s, the last came %s before", reached, chip.Span(d.m.soc.Now().Sub(d.came).Round(100*time.Millisecond)))
	}
	d.because(soc.CauseUpgradeTime, trace.Event{Text: reached, Value: int64(d.total), Limit: int64(d.sum),
		Count: d.server.CheckTimes()})
	d.check()
}

// progress is the step that was reached, with the bytes that came if it is the last one.
func (d *download) progress() string {
	if d.stage != stageLoad {
		return d.stage
	}
	return fmt.Sprintf("%s, %d of %d bytes", d.stage, d.total, d.sum)
}

// noMemory names a block for which there is no memory.
func (d *download) noMemory(n uint32) {
	d.because(soc.CauseUpgradeMemory, trace.Event{Text: d.stage, Value: int64(n)})
}

// unread names a reply that does not say how long the image is.
func (d *download) unread() {
	d.because(soc.CauseUpgradeLength, trace.Event{Text: fmt.Sprintf("%q", d.status)})
}

// UpgradeStart is system_upgrade_start for kinds of firmware whose struct upgrade_server_info lies elsewhere; nil is NULL.
func (m *Machine) UpgradeStart(server UpgradeServer) bool {
	b := m.soc
	const function = "system_upgrade_start"
	if b.UpgradeFlagCheck() == chip.UpgradeFlagStart {
		return b.Refused(function, "false", soc.CauseBusy, trace.Event{Text: "an upgrade"})
	}
	if server == nil {
		b.Printf("server is NULL\n")
		return b.Refused(function, "false", soc.CauseNull, trace.Event{Text: "the server's information"})
	}
	d := m.download
	if d == nil || d.conn == nil {
		d = &download{m: m}
	}
	m.download = d
	d.stage, d.told, d.lengthless = stageConnect, false, false
	if !d.open(server) {
		return true
	}
	b.Printf("system_upgrade_start\n")
	d.start()
	if server.Checks() {
		if _, ok := b.ArmOsTimer(&d.limit, server.CheckTimes(), true, false, d.overdue); !ok { // nobody ever hears of the end
			b.Because(soc.CauseUpgradeNoEnd, trace.Event{Source: trace.SourceDevice, Value: int64(server.CheckTimes()),
				Limit: chip.TimerMax})
		}
	}
	return true
}

// open makes the connection's structs; false without memory.
func (d *download) open(server UpgradeServer) bool {
	d.server = server
	sizes := [2]uint32{28, 32} // struct espconn, esp_tcp (espconn.md 2)
	for i, n := range sizes {
		if d.blocks[i] == 0 {
			if d.blocks[i] = d.m.soc.Heap().Alloc(n, "upgrade"); d.blocks[i] == 0 {
				d.noMemory(n)
				return false
			}
		}
	}
	ip, port := server.Addr()
	d.conn = &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
		LocalPort: int(d.api().Port()), RemotePort: int(port), RemoteIP: ip,
	}}}
	return true
}

func (d *download) api() *espconn.API { return d.m.Espconn() }

// start is the way to the HEAD request.
func (d *download) start() {
	b := d.m.soc
	b.Printf("upgrade_connect %d\n", b.Heap().FreeSize())
	d.api().RegistConnectcb(d.conn, d.connected)
	d.api().RegistRecvcb(d.conn, d.head)
	b.UpgradeInit()
	d.m.soc.UpgradeFlagSet(chip.UpgradeFlagStart)
	d.api().Connect(d.conn)
	d.then(upgradeConnect, func() {
		ip, port := d.server.Addr()
		d.because(soc.CauseUpgradeConnect, trace.Event{Text: netip.AddrPortFrom(netip.AddrFrom4(ip), port).String(),
			Limit: int64(upgradeConnect / time.Second)})
		b.UpgradeDeinit()
		d.free()
	})
}

// then plans the next step, instead of another one.
func (d *download) then(after time.Duration, fn func()) {
	d.m.soc.ArmTimer(&d.step, after, false, fn)
}

// free gives the connection's structs back.
func (d *download) free() {
	for i := range d.blocks {
		d.m.soc.Heap().Free(d.blocks[i])
		d.blocks[i] = 0
	}
	d.conn = nil
}

func (d *download) connected(c *espconn.Espconn) {
	if c != d.conn { // later than ten seconds: the chip uses freed memory then
		return
	}
	d.m.soc.Printf("upgrade_connect_cb\n")
	d.m.soc.DisarmTimer(&d.step)
	d.stage = stageHead
	if d.get {
		d.stage = stageLoad
	}
	d.api().RegistDisconcb(c, func(*espconn.Espconn) {
		if d.m.soc.UpgradeFlagCheck() == chip.UpgradeFlagStart {
			d.because(soc.CauseUpgradeClosed, trace.Event{Text: d.progress(), Value: int64(d.total), Limit: int64(d.sum)})
		}
		d.free()
	})
	d.api().RegistSentcb(c, func(*espconn.Espconn) {})
	request, ok := d.server.Request()
	if !ok {
		d.because(soc.CauseUpgradeNoRequest, trace.Event{})
		return
	}
	if d.get {
		d.api().Sent(c, request)
		return
	}
	if len(request) >= upgradeRequest {
		d.m.soc.Fatal(chip.Crash{Cause: espconn.CauseStoreProhibited,
			Why: "system_upgrade_start: a request of " + strconv.Itoa(len(request)) + " bytes overruns its buffer of 512"})
	}
	var blocks [2]uint32
	for i := range blocks {
		if blocks[i] = d.m.soc.Heap().Alloc(upgradeRequest, "upgrade"); blocks[i] == 0 {
			d.m.soc.Fatal(chip.Crash{Cause: espconn.CauseStoreProhibited,
				Why: "system_upgrade_start: no memory for the request, which it does not look at"})
		}
	}
	request = bytes.Replace(bytes.Replace(request, []byte("GET"), []byte("HEAD"), 1), []byte("keep-alive"), []byte("close"), 1)
	d.m.soc.Heap().Free(blocks[0])
	d.api().Sent(c, request)
	d.m.soc.Heap().Free(blocks[1])
}

// text is data as the C functions for strings see it.
func text(data []byte) []byte {
	t, _, _ := bytes.Cut(data, []byte{0})
	return t
}

// length looks for the end of a reply's header and the length in it, which goes to d.sum. found is false if either is
// missing, read if the length cannot be read.
func (d *download) length(t []byte) (found, read bool) {
	if line, _, ok := bytes.Cut(t, []byte("\r\n")); ok && bytes.HasPrefix(line, []byte("HTTP/")) {
		d.status = string(line[:min(len(line), statusMax)])
	}
	whole, named := bytes.Contains(t, []byte("\r\n\r\n")), bytes.Contains(t, []byte("Content-Length"))
	if whole && bytes.HasPrefix(t, []byte("HTTP/")) {
		d.lengthless = !named
	}
	if !whole || !named {
		return false, false
	}
	const name = "Content-Length: "
	i := bytes.Index(t, []byte(name))
	if i < 0 {
		d.unread()
		d.m.soc.Printf("Content-Length: failed\n")
		return true, false
	}
	digits, _, ok := bytes.Cut(t[i+len(name):], []byte("\r\n"))
	if !ok {
		d.unread()
		d.m.soc.Printf("sumlength failed\n")
		return true, false
	}
	d.sum = atoi(digits)
	d.m.soc.Printf("sumlength = %d \n", d.sum)
	return true, true
}

// atoi reads digits up to the first other byte; what no flash can hold counts as more than any does.
func atoi(t []byte) (n int) {
	for _, c := range t {
		if c < '0' || c > '9' || n > flash.MaxSize {
			break
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// head takes the reply to HEAD, or to the GET request that follows when the server does not know HEAD.
func (d *download) head(c *espconn.Espconn, data []byte) {
	b, t := d.m.soc, text(data)
	b.Printf("pusrdata = %s\n", t)
	found, read := d.length(t)
	switch {
	case found && !read:
	case found:
		if room := d.m.soc.UpgradeSectors() * flash.SectorSize; d.sum == 0 || uint32(d.sum) > room {
			if d.sum == 0 {
				d.unread()
			}
			d.because(soc.CauseUpgradeTooLong, trace.Event{Value: int64(d.sum), Limit: int64(room)})
			d.then(upgradeSoon, d.check)
			return
		}
		d.api().RegistDisconcb(c, func(*espconn.Espconn) {
			b.Printf("upgrade_get_sum_disconcb %d\n", b.Heap().FreeSize())
		})
		d.then(upgradeSoon, func() { d.api().Disconnect(c) })
		d.get, d.stage = true, stageErase
		d.erase()
		d.sum = 0
	case bytes.Contains(t, []byte("200 OK\r\n")):
		b.Printf("http head in process.\n")
	default:
		b.Printf("server do not support HEAD method now send GET message\n")
		if request, ok := d.server.Request(); ok {
			d.api().Sent(c, request)
		}
	}
}

// erase erases as many sectors as the image takes.
func (d *download) erase() {
	b := d.m.soc
	n := (d.sum-1)/flash.SectorSize + 1
	b.Printf("sec_block %d\n", n)
	if uint32(n) > b.UpgradeSectors() {
		d.because(soc.CauseUpgradeTooLong, trace.Event{Value: int64(d.sum), Limit: int64(b.UpgradeSectors() * flash.SectorSize)})
		b.Printf("sec_block %d exceed\n", n)
		d.check()
		return
	}
	if d.queue = d.m.soc.Heap().Alloc(upgradeQueue, "upgrade"); d.queue == 0 {
		d.noMemory(upgradeQueue)
		return
	}
	if n > upgradeSectors {
		d.because(soc.CauseUpgradeTooLong, trace.Event{Value: int64(d.sum), Limit: upgradeSectors * flash.SectorSize})
		b.Printf("num max=240")
		return
	}
	b.Printf("%s", bytes.Repeat([]byte("."), n))
	d.erased = 0
	d.eraseNext(b.UpgradeStartSector(), n)
}

// eraseNext erases one sector of those that are left.
func (d *download) eraseNext(sector uint32, n int) {
	var tick soc.Timer
	b := d.m.soc
	b.ArmTimer(&tick, upgradeErase, false, func() {
		if r := flash.ResultOf(b.Flash().EraseSector(sector)); r != flash.ResultOK {
			d.because(soc.CauseUpgradeFlash, trace.Event{Text: fmt.Sprintf("erasing sector %#x", sector), Value: int64(r)})
			b.Printf("erase sector=%d err=%d\n", sector, r)
			d.freeQueue()
			if d.conn != nil {
				d.check()
			}
			return
		}
		b.Printf("erase sector=%d ok\n", sector)
		if d.erased++; d.erased < n {
			d.eraseNext(sector+1, n)
			return
		}
		b.Printf("\nALL=%d sectors erase ok!\n", d.erased)
		if c := d.conn; c != nil {
			c.Proto.TCP.LocalPort = int(d.api().Port())
			d.api().RegistRecvcb(c, d.load)
			d.stage = stageGet
			d.then(upgradeSoon, func() { d.api().Connect(c) })
		}
		d.freeQueue()
	})
}

func (d *download) freeQueue() {
	d.m.soc.Heap().Free(d.queue)
	d.queue = 0
}

// load takes the reply to GET.
func (d *download) load(c *espconn.Espconn, data []byte) {
	b, t := d.m.soc, text(data)
	d.came = b.Now()
	body := data
	found, read := false, false
	if d.total == 0 {
		found, read = d.length(t)
	}
	switch {
	case found:
		if read && d.sum == 0 {
			d.unread()
			d.then(upgradeSoon, d.check)
			return
		}
		b.Printf("upgrade file download start.\n")
		body = data[bytes.Index(t, []byte("\r\n\r\n"))+4:]
		if len(body) > 0 && !d.fits(body) {
			d.then(upgradeSoon, d.check)
			return
		}
		d.total = len(body)
	case bytes.Contains(t, []byte("200 OK\r\n")):
		b.Printf("http head in process..\n")
		return
	default:
		d.total += len(body)
		b.Printf("totallen = %d\n", d.total)
	}
	if !b.Upgrade(body) { // its answer is not looked at
		d.because(soc.CauseUpgradeFlash, trace.Event{Text: fmt.Sprintf("writing %d bytes", len(body))})
	}
	d.tail = append(d.tail, body...)
	d.tail = append([]byte(nil), d.tail[max(len(d.tail)-4, 0):]...)
	if d.total == d.sum {
		d.finished()
	}
}

// fits looks at the beginning of the image.
func (d *download) fits(body []byte) bool {
	b := d.m.soc
	if !bytes.HasPrefix(body, []byte(upgradeUserMark)) && !bytes.HasPrefix(body, []byte(upgradeOldMark)) {
		d.because(soc.CauseUpgradeMagic, trace.Event{Text: fmt.Sprintf("%q", d.status)})
		b.Printf("error bin file\n")
		return false
	}
	app := byte(2) - b.UpgradeUserbinCheck() // that of the slot it is for
	if len(body) < 4 || body[3] != app {
		switch {
		case len(body) >= 4 && (body[3] == 1 || body[3] == 2):
			d.because(soc.CauseUpgradeSlot, trace.Event{Value: int64(body[3]), Limit: int64(app)})
		case len(body) >= 4:
			d.because(soc.CauseUpgradeNoSlot, trace.Event{Value: int64(body[3])})
		}
		d.because(soc.CauseUpgradeMagic, trace.Event{Text: fmt.Sprintf("%q", d.status)})
		b.Printf("please check the bin file\n")
		return false
	}
	return true
}

// finished compares the CRC of what lies in the flash with the one at the image's end.
func (d *download) finished() {
	b := d.m.soc
	b.Printf("upgrade file download finished.\n")
	var want uint32
	if len(d.tail) == 4 {
		want = binary.LittleEndian.Uint32(d.tail)
	}
	b.Printf("flash_crc = %d \n", want)
	got, err := image.TailCRC(b.Flash(), int64(b.UpgradeStartSector())*flash.SectorSize, int64(d.sum)-4)
	b.Printf("img_crc = %d\n", got)
	if err == nil && got == want {
		b.UpgradeFlagSet(chip.UpgradeFlagFinish)
	} else {
		d.because(soc.CauseUpgradeCRC, trace.Event{Text: fmt.Sprintf("%#x instead of %#x", got, want), Value: int64(d.total),
			Limit: int64(d.sum)})
	}
	d.total, d.sum, d.get = 0, 0, false
	d.check()
	d.then(upgradeSoon, d.deinit)
}

// deinit is what the SDK does once more after the end.
func (d *download) deinit() {
	if d.m.soc.UpgradeFlagCheck() != chip.UpgradeFlagStart {
		d.m.soc.UpgradeDeinit()
	}
}

// check ends the upgrade and tells the firmware.
func (d *download) check() {
	b := d.m.soc
	b.Printf("upgrade_check\n")
	loaded := d.m.soc.UpgradeFlagCheck() == chip.UpgradeFlagFinish
	b.DisarmTimer(&d.limit)
	if !loaded {
		d.total, d.sum, d.get = 0, 0, false
		d.m.soc.UpgradeFlagSet(chip.UpgradeFlagIdle)
	}
	d.deinit()
	b.Callback("check_cb of system_upgrade_start", func() { d.server.Check(loaded) })
	if d.conn != nil && d.conn.Load().State != espconn.StateClose { // else it would be refused, and told as the firmware's mistake
		d.api().Disconnect(d.conn)
	}
}
