package emulator

import "github.com/emu8266/emu8266/emulator/chip"

// ETS priorities, highest first (espconn.md 1.3). The three user priorities of system_os_task are ETS 2..0 of ours;
// the chip numbers them 2-4, only the order matters.
const (
	PrioEspconn = 26 // events of plain espconn connections
	PrioTLS     = 25 // events of secure connections
	prioUserMax = 3  // USER_TASK_PRIO_MAX: user priorities are 0, 1 and 2
	sdkQueue    = 15 // depth of the SDK's own queues (espconn.md 1.3)
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
	espconn, tls taskQueue
	user         [prioUserMax]userTask
}

type userTask struct {
	taskQueue
	fn func(chip.OsEvent) // nil: no task registered
}

func newTasks() *tasks {
	return &tasks{espconn: taskQueue{prio: PrioEspconn, depth: sdkQueue}, tls: taskQueue{prio: PrioTLS, depth: sdkQueue}}
}

// post queues job at one of the SDK's own priorities. It is false when the queue holds 15 entries already.
func (t *tasks) post(prio int, job func()) bool {
	switch prio {
	case PrioEspconn:
		return t.espconn.post(job)
	case PrioTLS:
		return t.tls.post(job)
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
	for p := prioUserMax - 1; p >= 0; p-- {
		if j := t.user[p].take(); j != nil {
			return j
		}
	}
	return nil
}
