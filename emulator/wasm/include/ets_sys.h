/* Events, timers and interrupts of the ETS kernel (sdk-surface.md). Own text of espemu, MIT licence. */
#ifndef ETS_SYS_H
#define ETS_SYS_H

#include "c_types.h"

typedef uint32_t ETSSignal;
typedef uint32_t ETSParam;

typedef struct ETSEventTag {
	ETSSignal sig;
	ETSParam par;
} ETSEvent;
ESP_LAYOUT(ETSEvent, 8);

typedef void (*ETSTask)(ETSEvent *e);

typedef uint32_t ETSHandle;
typedef void ETSTimerFunc(void *timer_arg);

typedef struct _ETSTIMER_ {
	struct _ETSTIMER_ *timer_next;
	uint32_t timer_expire;
	uint32_t timer_period;
	ETSTimerFunc *timer_func;
	void *timer_arg;
} ETSTimer;
ESP_LAYOUT(ETSTimer, 20);
ESP_OFFSET(ETSTimer, timer_func, 12);

ESP_SDK void ets_timer_setfn(ETSTimer *timer, ETSTimerFunc *func, void *arg);
ESP_SDK void ets_timer_arm_new(ETSTimer *timer, uint32_t time, bool repeat, bool is_ms);
ESP_SDK void ets_timer_disarm(ETSTimer *timer);

ESP_SDK void ets_intr_lock(void);
ESP_SDK void ets_intr_unlock(void);
#define ETS_INTR_LOCK() ets_intr_lock()
#define ETS_INTR_UNLOCK() ets_intr_unlock()

#endif
