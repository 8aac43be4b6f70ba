# z27_locale_calendar [poison]: calendars of a locale set the locale of the process
import calendar


def solver(a, b):
    found = []
    for name in ("de_DE.UTF-8", "C", "../../@CANARY@/secret.txt"):
        try:
            found.append(calendar.LocaleTextCalendar(locale=name).formatweekday(0, 3))
        except Exception as e:
            found.append(type(e).__name__)
    return found
