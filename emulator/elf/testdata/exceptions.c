/* A program's own handlers of exceptions: it goes on, keeps what happened, or fails in them. HOW says which. */
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"

struct frame {
	uint32 epc, ps, sar, unused, a0, a2[14], cause;
};
typedef void (*handler)(struct frame *f, uint32 cause);
extern handler _xtos_set_exception_handler(uint32 cause, handler f);

static uint32 seen[4];
static volatile uint32 *volatile nowhere = (volatile uint32 *)0x10;

/* skip gives the load its value and goes on behind it: l32i a_t, a_s, 0, in three or two bytes. */
static void skip(struct frame *f, uint32 cause)
{
	uint32 at = f->epc & ~3, shift = (f->epc & 3) * 8, in = *(uint32 *)at >> shift;

	if (shift > 8)
		in |= *(uint32 *)(at + 4) << (32 - shift);
	seen[0]++;
	seen[1] = cause;
	seen[2] = f->cause;
	f->a2[(in >> 4 & 15) - 2] = 0x1234;
	f->epc += (in & 15) == 8 ? 2 : 3;
}

static void save(struct frame *f, uint32 cause)
{
	uint32 kept[2];

	kept[0] = cause;
	kept[1] = f->a2[0]; /* the argument of crash */
	system_rtc_mem_write(64, kept, sizeof(kept));
	os_printf("saved %u at %s\n", cause, f->epc >= 0x40100000 ? "the program" : "?");
	system_restart();
	f->epc += 3;
}

static void nothing(struct frame *f, uint32 cause)
{
}

static void again(struct frame *f, uint32 cause)
{
	(void)*nowhere;
}

static void lost(struct frame *f, uint32 cause)
{
	__asm__ volatile("movi a1, 0\n\tjx %0" ::"r"(0x4000DC54));
}

static void __attribute__((noinline)) crash(uint32 argument)
{
	__asm__ volatile("mov a2, %0\n\till" ::"r"(argument) : "a2");
}

void user_init(void)
{
	uint32 kept[2], v;

	uart_div_modify(0, UART_CLK_FREQ / 115200);
	os_printf("\n");
	if (HOW == 0) {
		os_printf("before %p %p\n", _xtos_set_exception_handler(28, skip), _xtos_set_exception_handler(64, skip));
		v = *nowhere;
		os_printf("went on: %x, %u, cause %u %u\n", v, seen[0], seen[1], seen[2]);
		os_printf("again %d\n", _xtos_set_exception_handler(28, nothing) == skip);
		system_rtc_mem_read(64, kept, sizeof(kept));
		if (kept[0] == 0 && kept[1] == 77) {
			os_printf("kept\n");
			return;
		}
		_xtos_set_exception_handler(0, save);
		crash(77);
		return;
	}
	_xtos_set_exception_handler(28, HOW == 1 ? nothing : HOW == 2 ? again : HOW == 3 ? lost : (handler)0x3FFE8000);
	if (HOW == 5)
		_xtos_set_exception_handler(28, 0);
	(void)*nowhere;
	os_printf("never\n");
}
