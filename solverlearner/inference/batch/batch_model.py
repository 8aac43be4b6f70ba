"""Batch: an endpoint's model asked by files. The run's missing calls go out together, each reply is found in turn."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from solverlearner.errors import RunStopped, UsageError, warn
from solverlearner.inference.batch.batch_api import BatchAPI
from solverlearner.inference.batch.batch_files import Came, InputFiles, ids_in, input_line
from solverlearner.inference.batch.batch_job import BatchJob, jobs_in, last_number, new_job
from solverlearner.inference.budget import Budget
from solverlearner.inference.circuit_breaker import patience, waiting_line
from solverlearner.inference.engine import Engine
from solverlearner.inference.reply_cache import ReplyCache
from solverlearner.inference.reply_log import ReplyLog
from solverlearner.inference.request_options import Counts, RequestOptions
from solverlearner.models.base import Model, ProviderError, Reply, Request
from solverlearner.models.openai import OpenAIModel
from solverlearner.models.question import Question
from solverlearner.task import JSON

_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 60.0
_GROWTH = 1.5
_AT_ONCE = 256
_SHOWN = 3
_NO_SUCH_ROUTE = {404, 405, 501}


@dataclass
class BatchModel:
    """A model whose replies come by the batch API of its endpoint, in `batch/` of the run's folder.

    `open`, which the engine does when the first reply is missing, sends all calls of the run that have no reply here
    and are in no batch yet, waits for every batch of the folder to end, and brings back what came. `ask` only looks
    there, so that whatever holds of a live reply holds of these. Calls that failed in a batch go out again next time.
    """

    model: OpenAIModel
    log: ReplyLog
    calls: Iterator[Question] = field(repr=False)
    counts: Counts
    request_options: RequestOptions
    store: ReplyCache | None
    _came: Came = field(default_factory=Came, init=False, repr=False)
    _sent: dict[str, BatchJob] = field(default_factory=dict, init=False, repr=False)
    """By the calls' ids, the batches of this session."""
    _same: dict[str, str] = field(default_factory=dict, init=False, repr=False)
    """For a call that sends what another one does: the other."""
    _reached: bool = field(default=False, init=False, repr=False)

    @property
    def name(self) -> str:
        """The model's."""
        return self.model.name

    @property
    def identity(self) -> Mapping[str, JSON]:
        """The model's."""
        return self.model.identity

    @property
    def remark(self) -> str | None:
        """The model's."""
        return self.model.remark

    def request(self, call: Question) -> Request:
        """The same as without a batch, so that replies are kept for both."""
        return self.model.request(call)

    async def ask(self, call: Question) -> Reply:
        """The result for this call, or for the call that sent the same request. Raises: ProviderError."""
        sender = self._same.get(call.id, call.id)
        found = self._came.find(sender)
        if found is None:
            why = self._sent[sender].why_nothing if sender in self._sent else "in no batch yet; the next run sends it"
            raise ProviderError(why, alone=True)
        if isinstance(found, ProviderError):
            raise found
        if sender != call.id:  # paid for already
            found = replace(found, prompt_tokens=0, completion_tokens=0, reasoning_tokens=0, cached_tokens=0)
        return found

    async def open(self) -> None:
        """Have every missing call answered, which takes up to a day. Raises: UsageError, RunStopped, OSError."""
        await self.model.open()
        path = self.log.path / "batch"
        path.mkdir(exist_ok=True)
        jobs = [*jobs_in(path)]
        for job in jobs:
            if job.done:
                await self._take_in(job, failures=False)
            elif job.submitted:
                self._sent |= dict.fromkeys(ids_in(job.input), job)
        # What was written and not submitted is written again: by now other calls may be missing.
        uploaded = {job.sha256: job.file_id for job in jobs if not job.submitted}
        for job in jobs:
            if not job.submitted:
                job.forget()
        fresh = await self._write_missing(InputFiles(path, last_number(path) + 1))
        for job in fresh:
            job.file_id = uploaded.get(job.sha256)
        await self._carry_out([job for job in jobs if job.submitted and not job.done] + fresh)

    async def aclose(self) -> None:
        """Close the connections; batches go on."""
        await self.model.aclose()

    async def _write_missing(self, files: InputFiles) -> list[BatchJob]:
        asked: dict[str, str] = {}
        numbers: dict[str, int] = {}
        for index, call in enumerate(self.calls):
            if index % _AT_ONCE == 0:
                await asyncio.sleep(0)  # Ctrl-C is heard, progress is shown
            if self.log.reply_to(call):
                continue
            request = self.request(call)
            if self.store:
                if self.store.find(request):
                    continue
                if (other := asked.setdefault(request.key, call.id)) != call.id:
                    self._same[call.id] = other
                    continue
            if call.id not in self._came and call.id not in self._sent:
                numbers[call.id] = files.add(input_line(call, request))
        files.close()
        jobs = {number: new_job(files.folder, number) for number in files.numbers}
        for job in jobs.values():
            job.save()
        self._sent |= {call_id: jobs[number] for call_id, number in numbers.items()}
        return [*jobs.values()]

    async def _carry_out(self, jobs: list[BatchJob]) -> None:
        """Submit, follow and bring back batches until none is left."""
        if jobs:
            async with BatchAPI(self.model) as api:
                await self._follow(api, jobs)

    async def _follow(self, api: BatchAPI, jobs: list[BatchJob]) -> None:
        pause = _FIRST_PAUSE_S
        for job in jobs:
            self._show(jobs)
            await self._patiently(job, partial(job.upload, api))
            await self._patiently(job, partial(job.submit, api))
        while jobs:
            for job in jobs:
                if job.status and job.status.ended:
                    await self._patiently(job, partial(job.fetch, api))
                    await self._take_in(job, failures=True)
            jobs = [job for job in jobs if not job.done]
            self._show(jobs)
            if jobs:
                await asyncio.sleep(pause)
                pause = min(pause * _GROWTH, _LONGEST_PAUSE_S)
            for job in jobs:
                await self._patiently(job, partial(job.follow, api))

    async def _patiently(self, job: BatchJob, step: Callable[[], Awaitable[None]]) -> None:
        """Take a step, and again while the endpoint is away. Raises: UsageError, RunStopped, OSError."""
        began, retry_s = time.monotonic(), self.request_options.retry_s
        for attempt in itertools.count(1):
            try:
                await step()
                self._reached = True
                return
            except ProviderError as error:
                waited = time.monotonic() - began
                left = patience(error, retry_s, self._reached) - waited
                pause = max(error.retry_after or 0.0, min(0.5 * 2.0 ** min(attempt, 10), _LONGEST_PAUSE_S))
                if not error.retry or left <= 0 or (error.retry_after or 0.0) > left:
                    self._give_up(job, error)
                self.counts.awaits = f"{job.line}: {error}"
                if attempt == 1:
                    warn(waiting_line(f"waiting for the endpoint: {error}", error, waited, retry_s, self._reached))
                await asyncio.sleep(min(pause, left))

    def _give_up(self, job: BatchJob, failure: ProviderError) -> None:
        if job.status:
            again = f"the same command goes on; without {job.path} it asks its calls anew"
            raise RunStopped(f"{job.status.id}: {failure}; {again}")
        if failure.status in _NO_SUCH_ROUTE:
            problem = f"{self.model.endpoint} has no batch API, as it seems ({failure}); ask without batch"
            raise UsageError("batch=true", problem)
        if not self._reached:
            raise UsageError(f"model={self.name}", str(failure))
        raise RunStopped(f"{failure}; the same command goes on from there")

    async def _take_in(self, job: BatchJob, *, failures: bool) -> None:
        batch = job.status.id if job.status else ""
        for path in job.came:
            await asyncio.to_thread(self._came.add, path, batch, failures=failures)

    def _show(self, jobs: list[BatchJob]) -> None:
        more = f"; and {len(jobs) - _SHOWN} more" if len(jobs) > _SHOWN else ""
        self.counts.awaits = "; ".join(job.line for job in jobs[:_SHOWN]) + more


def engine_of(
    model: Model,
    log: ReplyLog,
    calls: Iterator[Question],
    counts: Counts,
    request_options: RequestOptions,
    store: ReplyCache | None,
    budget: Budget | None = None,
) -> Engine:
    """The engine of a run: with its model, or with batches where the model is configured so.

    `calls` are those of the run that have no rows yet, in an iterator of its own. Limits of a minute are then the
    endpoint's to keep.
    """
    if isinstance(model, OpenAIModel) and model.batch:
        model = BatchModel(model, log, calls, counts, request_options, store)
        request_options = replace(request_options, rpm=None, tpm=None, shared_limit=None)
    return Engine(model, log, counts, request_options, store, budget)
