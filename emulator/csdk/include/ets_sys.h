/* Events, timers and interrupts of the ETS kernel (sdk-surface.md). Own text of emu8266, MIT licence. */
#ifndef _ETS_SYS_H
#define _ETS_SYS_H

#include "c_types.h"
#include "eagle_soc.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* Interrupts. Handlers run between two events, in os_delay_us, and in calls that let them in. */
#define ETS_SDIO_INUM 1
#define ETS_SPI_INUM 2
#define ETS_GPIO_INUM 4
#define ETS_UART_INUM 5
#define ETS_UART1_INUM 5
#define ETS_FRC_TIMER1_INUM 9

/* SDK 2.0 declares none of these functions: firmware does that itself, in one way or another. */
#if EMU8266_SDK >= 20100
ESP_SDK void ets_timer_setfn(ETSTimer *timer, ETSTimerFunc *func, void *arg);
ESP_SDK void ets_timer_arm_new(ETSTimer *timer, uint32_t time, bool repeat, bool is_ms);
ESP_SDK void ets_timer_disarm(ETSTimer *timer);
typedef void (*ets_isr_t)(void *);

ESP_SDK void ets_intr_lock(void);
ESP_SDK void ets_intr_unlock(void);
ESP_SDK void ets_isr_attach(int i, ets_isr_t func, void *arg);
ESP_SDK void NmiTimSetFunc(void (*func)(void));
#endif
#if EMU8266_SDK >= 30000
ESP_SDK void ets_isr_mask(uint32 mask);
ESP_SDK void ets_isr_unmask(uint32 unmask);
#endif

#define ETS_INTR_LOCK() ets_intr_lock()
#define ETS_INTR_UNLOCK() ets_intr_unlock()
#define ETS_INTR_ENABLE(inum) ets_isr_unmask((1 << (inum)))
#define ETS_INTR_DISABLE(inum) ets_isr_mask((1 << (inum)))
#define ETS_FRC_TIMER1_INTR_ATTACH(func, arg) ets_isr_attach(ETS_FRC_TIMER1_INUM, (func), (void *)(arg))
#define ETS_FRC_TIMER1_NMI_INTR_ATTACH(func) NmiTimSetFunc(func)
#define ETS_FRC1_INTR_ENABLE() ETS_INTR_ENABLE(ETS_FRC_TIMER1_INUM)
#define ETS_FRC1_INTR_DISABLE() ETS_INTR_DISABLE(ETS_FRC_TIMER1_INUM)
#define ETS_GPIO_INTR_ATTACH(func, arg) ets_isr_attach(ETS_GPIO_INUM, (func), (void *)(arg))
#define ETS_GPIO_INTR_ENABLE() ETS_INTR_ENABLE(ETS_GPIO_INUM)
#define ETS_GPIO_INTR_DISABLE() ETS_INTR_DISABLE(ETS_GPIO_INUM)
#define ETS_UART_INTR_ATTACH(func, arg) ets_isr_attach(ETS_UART_INUM, (func), (void *)(arg))
#define ETS_UART_INTR_ENABLE() ETS_INTR_ENABLE(ETS_UART_INUM)
#define ETS_UART_INTR_DISABLE() ETS_INTR_DISABLE(ETS_UART_INUM)
#define ETS_SPI_INTR_ATTACH(func, arg) ets_isr_attach(ETS_SPI_INUM, (func), (void *)(arg))
#define ETS_SPI_INTR_ENABLE() ETS_INTR_ENABLE(ETS_SPI_INUM)
#define ETS_SPI_INTR_DISABLE() ETS_INTR_DISABLE(ETS_SPI_INUM)
#define ETS_SDIO_INTR_ATTACH(func, arg) ets_isr_attach(ETS_SDIO_INUM, (func), (void *)(arg))
#define ETS_SDIO_INTR_ENABLE() ETS_INTR_ENABLE(ETS_SDIO_INUM)
#define ETS_SDIO_INTR_DISABLE() ETS_INTR_DISABLE(ETS_SDIO_INUM)

#ifdef __cplusplus
}
#endif

#endif
