package soc

import (
	"math"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// ETS priorities, highest first (espconn.md 1.3). The three user priorities of system_os_task are ETS 2..0 of ours;
// the chip numbers them 2-4, only the order matters.
const (
	PrioEspconn = 26 // events of plain espconn connections
	PrioTLS     = 25 // events of secure connections
	PrioWiFi    = 21 // events of Wi-Fi (lx106.md 11)
	prioUserMax = 3  // USER_TASK_PRIO_MAX: user priorities are 0, 1 and 2
	sdkQueue    = 15 // depth of espconn's queues (espconn.md 1.3)
	wifiQueue   = 32
)

// taskQueue is one priority: a ring of bounded depth and what runs for each entry.
type taskQueue struct {
	prio  int
	depth int
	jobs  []func()
}

func (q *taskQueue) post(job func()) bool {
	if len(q.jobs) >= q.depth {
		return false
	}
	q.jobs = append(q.jobs, job)
	return true
}

func (q *taskQueue) take() func() {
	if len(q.jobs) == 0 {
		return nil
	}
	job := q.jobs[0]
	q.jobs[0] = nil
	q.jobs = q.jobs[1:]
	if len(q.jobs) == 0 {
		q.jobs = nil
	}
	return job
}

// tasks are all priorities, highest first.
type tasks struct {
	espconn, tls, wifi taskQueue
	user               [prioUserMax]userTask
}

type userTask struct {
	taskQueue
	fn func(chip.OsEvent) // nil: no task registered
}

func newTasks() *tasks {
	return &tasks{espconn: taskQueue{prio: PrioEspconn, depth: sdkQueue}, tls: taskQueue{prio: PrioTLS, depth: sdkQueue},
		wifi: taskQueue{prio: PrioWiFi, depth: wifiQueue}}
}

// post queues job at one of the SDK's own priorities. It is false when the queue is full.
func (t *tasks) post(prio int, job func()) bool {
	switch prio {
	case PrioEspconn:
		return t.espconn.post(job)
	case PrioTLS:
		return t.tls.post(job)
	case PrioWiFi:
		return t.wifi.post(job)
	}
	return false
}

// take returns the next job to run, nil if none is posted.
func (t *tasks) take() func() {
	if j := t.espconn.take(); j != nil {
		return j
	}
	if j := t.tls.take(); j != nil {
		return j
	}
	if j := t.wifi.take(); j != nil {
		return j
	}
	for p := prioUserMax - 1; p >= 0; p-- {
		if j := t.user[p].take(); j != nil {
			return j
		}
	}
	return nil
}

// Post queues fn at one of the SDK's own ETS priorities, PrioEspconn, PrioTLS or PrioWiFi; false if the queue is full: 15 entries wait
// already, 32 of PrioWiFi.
func (m *System) Post(prio int, fn func()) bool { return m.tasks.post(prio, fn) }

// RegisterTask registers fn for user priority 0, 1 or 2 with a queue of depth entries (system_os_task). Registering
// again replaces the task and drops what waits. False if the priority or the depth is out of range, of which the SDK prints a line
// (sdk-surface.md, Log lines).
func (m *System) RegisterTask(prio uint8, depth int, fn func(chip.OsEvent)) bool {
	const function = "system_os_task"
	switch {
	case prio >= prioUserMax:
		m.Printf("err: task prio < 3\n")
		return m.OutOfRange(function, "the priority", int(prio), 0, prioUserMax-1)
	case depth <= 0:
		m.Printf("err: task queue error\n")
		return m.OutOfRange(function, "the queue's length", depth, 1, math.MaxUint8)
	case fn == nil:
		return m.Refused(function, "false", CauseNoCallback, trace.Event{})
	}
	m.tasks.user[prio] = userTask{taskQueue{prio: int(prio), depth: depth}, fn}
	return true
}

// taskNames name the tasks for crashes.
var taskNames = [prioUserMax]string{"the task of priority 0", "the task of priority 1", "the task of priority 2"}

// PostTask posts e to the task of a user priority (system_os_post); false if the ring is full or nobody registered. A
// priority above 2 prints the SDK's message (oracle/espconn FINDINGS D).
func (m *System) PostTask(prio uint8, e chip.OsEvent) bool {
	if prio >= prioUserMax {
		m.Finding(espconn.RuleTaskNone, "post to priority %d, there are 0 to %d", prio, prioUserMax-1)
		m.Printf("err: post prio < 3\n")
		return m.OutOfRange("system_os_post", "the priority", int(prio), 0, prioUserMax-1)
	}
	t := &m.tasks.user[prio]
	if t.fn == nil {
		m.Finding(espconn.RuleTaskNone, "post to priority %d, which has no task", prio)
		return m.Refused("system_os_post", "false", CauseNoTask, trace.Event{Value: int64(prio)})
	}
	fn := t.fn
	if !t.post(func() { m.moment.what = taskNames[prio]; fn(e) }) {
		m.Finding(espconn.RuleTaskQueue, "the queue of priority %d holds %d events already", prio, t.depth)
		return m.Refused("system_os_post", "false", CauseTaskQueue, trace.Event{Value: int64(len(t.jobs)), Limit: int64(t.depth)})
	}
	return true
}
