import asyncio
import io
from dataclasses import replace
from pathlib import Path

import pytest
from doubles import Service, edit_request, edited, picture, png, reply
from kept import ANNA, edits_in, files, finished, look, until
from PIL import Image

from client import Edits, Entry, ImageEditError, InvalidImageError, KeptPicture, Message, Picture, Settings
from client.edits.journal import Bounds
from client.edits.target import Target, original_in, usable
from client.pictures import Pasting, PictureWork
from client.pictures.paste_back import Fitted, Homography, PasteBack
from client.pictures.region import Manner, Stroke

BO = "bo-9876543210"
HERE = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
Call = tuple[bytes, bytes, bytes | None, Manner]


class Paster:
    """Stands in for the work on pixels: notes what it is asked for, and makes a picture that says how often."""

    def __init__(self, *, accepted: bool = True) -> None:
        self.accepted = accepted
        self.calls: list[Call] = []
        self.at_work = self.most_at_work = 0
        self.error: Exception | None = None

    async def paste_back(self, original: bytes, result: bytes, mask: bytes, **switches: bool) -> PasteBack:
        manner = Manner(switches["inverted"], switches["feather"], switches["match_tone"])
        return PasteBack(*await self._work((original, result, mask, manner)), 0.1)

    async def fit_to_original(self, original: bytes, result: bytes) -> Fitted:
        return Fitted(*await self._work((original, result, None, Manner())))

    async def _work(self, call: Call) -> tuple[bytes, float, bool, Homography]:
        self.at_work += 1
        self.most_at_work = max(self.at_work, self.most_at_work)
        await asyncio.sleep(0.01)
        self.at_work -= 1
        self.calls.append(call)
        if self.error:
            raise self.error
        return png(64, 48, (len(self.calls), 0, 0)), 0.9, self.accepted, HERE


@pytest.fixture
def paster(monkeypatch: pytest.MonkeyPatch) -> Paster:
    paster = Paster()
    monkeypatch.setattr(Pasting, "paste_back", lambda _, *args, **switches: paster.paste_back(*args, **switches))
    monkeypatch.setattr(Pasting, "fit_to_original", lambda _, *args: paster.fit_to_original(*args))
    return paster


async def test_what_is_only_looked_at_waits_in_no_long_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = asyncio.Event()

    async def laid_over(*_: object) -> bytes:
        await go.wait()
        return b"laid"

    monkeypatch.setattr(Pasting, "laid_over", laid_over)
    path = tmp_path / "a.png"
    path.write_bytes(png(8, 6))
    async with edits_in(tmp_path) as edits:
        looks = [asyncio.create_task(edits.pastes.laid_over(path, path)) for _ in range(7)]
        await until(lambda: sum(look.done() for look in looks) == 3)
        assert [look.result() for look in looks if look.done()] == [None] * 3
        go.set()
        assert (await asyncio.gather(*looks)).count(b"laid") == 4
        assert await edits.pastes.laid_over(path, path) == b"laid"
        assert await edits.pastes.laid_over(path, tmp_path / "gone.png") is None


def mask(wide: int = 32) -> Picture:
    image = Image.new("L", (64, 48))
    image.paste(255, (0, 0, wide, 48))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Picture(out.getvalue(), "image/png", 64, 48)


def how_wide(content: bytes | None) -> int:
    assert content is not None
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (64, 48)
        return image.histogram()[255] // 48


def uploaded(folder: Path) -> Path:
    path = folder / "mug.png"
    path.write_bytes(png(64, 48))
    return path


async def target(folder: Path, **changes: object) -> Target:
    """Return a target whose original is a file that a person has uploaded."""
    known = {"place": 0, "original": await original_in(uploaded(folder), PictureWork()), "mask": mask()}
    return Target(**known | changes)  # type: ignore[arg-type]


async def edited_into(edits: Edits, into: Target, *, visitor: str = ANNA, **changes: object) -> Entry:
    edit = await finished(edits, edits.start(edit_request(**changes), visitor=visitor, target=into))
    entry = await edits.history.entry(visitor, edit.id)
    assert entry
    return entry


async def test_what_results_are_put_into_is_kept_with_the_edit(tmp_path: Path) -> None:
    home = tmp_path / "home"
    manner = Manner(keep=True, feather=False, match_tone=False)
    async with edits_in(home) as edits:
        entry = await edited_into(edits, await target(tmp_path, manner=manner))
        (tmp_path / "mug.png").unlink()
        assert entry.target
        assert isinstance(entry.target.mask, KeptPicture)
        assert entry.target.original.path.read_bytes() == png(64, 48)
        assert entry.target.mask.path.read_bytes() == mask().data
        assert (entry.target.place, entry.target.manner, entry.target.painted) == (0, manner, True)
        assert (entry.target.original.width, entry.target.original.height) == (64, 48)
        assert entry.pasted == (None,)
    async with edits_in(home) as edits:
        assert (await again(edits, entry)).target == entry.target


async def again(edits: Edits, entry: Entry) -> Entry:
    found = await edits.history.entry(entry.visitor, entry.id)
    assert found
    return found


async def test_each_result_is_put_back_once_and_the_whole_one_stays(tmp_path: Path, paster: Paster) -> None:
    home, service = tmp_path / "home", Service([reply(edited(2))])
    async with edits_in(home, service) as edits:
        entry = await edited_into(edits, await target(tmp_path), n=2)
        made = await edits.pastes.make(ANNA, entry.id)
        assert made
        assert [one and one.picture.path.read_bytes() for one in made.pasted] == [
            png(64, 48, (1, 0, 0)),
            png(64, 48, (2, 0, 0)),
        ]
        first = usable(made.pasted, made.target, 0)
        assert first
        assert (first.picture.width, first.picture.height, first.accepted, first.outside) == (64, 48, True, 0.1)
        assert [one.path.read_bytes() for one in made.results] == [png(), png()]
        once_more = await edits.pastes.make(ANNA, entry.id)
        assert once_more
        assert [one and one.picture for one in once_more.pasted] == [one and one.picture for one in made.pasted]
    assert [(call[0], call[1], how_wide(call[2])) for call in paster.calls] == [(png(64, 48), png(), 32)] * 2


async def test_what_is_asked_for_twice_at_once_is_made_once_and_one_at_a_time(tmp_path: Path, paster: Paster) -> None:
    async with edits_in(tmp_path / "home", Service([reply(edited(2))])) as edits:
        entry = await edited_into(edits, await target(tmp_path), n=2)
        await asyncio.gather(*(edits.pastes.make(ANNA, entry.id) for _ in range(4)))
    assert len(paster.calls) == 2
    assert paster.most_at_work == 1


async def test_an_edit_without_a_target_and_a_strangers_edit_are_left_alone(tmp_path: Path, paster: Paster) -> None:
    async with edits_in(tmp_path / "home") as edits:
        plain = await finished(edits, edits.start(edit_request(), visitor=ANNA))
        entry = await edits.pastes.make(ANNA, plain.id)
        assert entry
        assert (entry.target, entry.pasted) == (None, (None,))
        mine = await edited_into(edits, await target(tmp_path))
        assert await edits.pastes.make(BO, mine.id) is None
    assert paster.calls == []


@pytest.mark.parametrize("error", [InvalidImageError(Message.of("image.damaged")), OSError("the disk is full")])
async def test_what_cannot_be_put_back_costs_no_result(error: Exception, tmp_path: Path, paster: Paster) -> None:
    paster.error = error
    async with edits_in(tmp_path / "home") as edits:
        entry = await edited_into(edits, await target(tmp_path))
        made = await edits.pastes.make(ANNA, entry.id)
        assert made
        assert (made.pasted, made.results) == ((None,), entry.results)
        paster.error = None
        tried = await edits.pastes.make(ANNA, entry.id)
        assert tried
        assert tried.pasted[0]


async def test_what_does_not_fit_is_no_replacement_for_a_region_but_has_the_size_all_the_same(
    tmp_path: Path, paster: Paster
) -> None:
    paster.accepted = False
    async with edits_in(tmp_path / "home") as edits:
        region = await edits.pastes.make(ANNA, (await edited_into(edits, await target(tmp_path))).id)
        whole = await edits.pastes.make(ANNA, (await edited_into(edits, await target(tmp_path, mask=None))).id)
    assert region
    assert whole
    assert region.pasted[0]
    assert usable(region.pasted, region.target, 0) is None
    assert usable(whole.pasted, whole.target, 0)
    assert paster.calls[1][2] is None


async def test_a_region_that_is_painted_again_replaces_what_was_made_of_the_first(
    tmp_path: Path, paster: Paster
) -> None:
    home, service = tmp_path / "home", Service()
    async with edits_in(home, service) as edits:
        entry = await edited_into(edits, await target(tmp_path))
        first = await edits.pastes.make(ANNA, entry.id)
        assert first
        assert first.target
        wider = replace(first.target, mask=mask(20), manner=Manner(feather=False))
        second = await edits.pastes.change(ANNA, entry.id, wider)
        assert second
        assert second.target
        assert second.pasted[0]
        assert first.pasted[0]
        assert not first.pasted[0].picture.path.exists()
        assert second.pasted[0].picture.path.exists()
        assert isinstance(first.target.mask, KeptPicture)
        assert not first.target.mask.path.exists()
        assert second.target.original == first.target.original
        assert second.target.manner == Manner(feather=False)
    assert [how_wide(call[2]) for call in paster.calls] == [32, 20]
    assert len(service.posts) == 1


async def test_switching_only_how_it_is_put_back_keeps_the_mask(tmp_path: Path, paster: Paster) -> None:
    async with edits_in(tmp_path / "home") as edits:
        entry = await edited_into(edits, await target(tmp_path))
        assert entry.target
        changed = await edits.pastes.change(ANNA, entry.id, replace(entry.target, manner=Manner(match_tone=False)))
        assert changed
        assert changed.target
        assert isinstance(changed.target.mask, KeptPicture)
        assert changed.target.mask.path.read_bytes() == mask().data
    assert [call[3] for call in paster.calls] == [Manner(match_tone=False)]


async def test_nobody_changes_how_the_results_of_another_are_put_back(tmp_path: Path, paster: Paster) -> None:
    async with edits_in(tmp_path / "home") as edits:
        entry = await edited_into(edits, await target(tmp_path))
        assert entry.target
        assert await edits.pastes.change(BO, entry.id, replace(entry.target, mask=mask(20))) is None
        assert (await again(edits, entry)).target == entry.target
    assert paster.calls == []


async def test_deleting_an_edit_deletes_its_original_its_mask_and_what_was_made(tmp_path: Path, paster: Paster) -> None:
    home = tmp_path / "home"
    async with edits_in(home) as edits:
        entry = await edited_into(edits, await target(tmp_path))
        await edits.pastes.make(ANNA, entry.id)
        assert len(files(home)) >= 5
        await edits.history.delete(ANNA, entry.id)
        # A thumbnail that was just being made is thrown away a moment later.
        await until(lambda: files(home) == [])
        assert look(home, "SELECT * FROM pasted UNION ALL SELECT *, 0, 0, 0, 0, 0, 0 FROM targets") == []
    assert len(paster.calls) == 1


async def test_an_original_that_two_edits_share_stays_until_both_are_gone(tmp_path: Path) -> None:
    async with edits_in(tmp_path / "home") as edits:
        one, other = [await edited_into(edits, await target(tmp_path)) for _ in range(2)]
        assert one.target
        assert other.target
        assert one.target.original.path == other.target.original.path
        await edits.history.delete(ANNA, one.id)
        assert other.target.original.path.exists()
        await edits.history.delete(ANNA, other.id)
        assert not other.target.original.path.exists()


async def test_an_original_that_is_sent_as_it_is_is_kept_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with edits_in(home) as edits:
        await edited_into(edits, await target(tmp_path, mask=None), pictures=(picture(png(64, 48)),))
        assert look(home, "SELECT count(*) FROM pictures") == [(1,)]


async def test_all_of_it_counts_as_kept_and_goes_with_what_is_beyond_the_bounds(tmp_path: Path, paster: Paster) -> None:
    home = tmp_path / "home"
    async with edits_in(home, public=True, bounds=Bounds(visitor_bytes=1)) as edits:
        entry = await edited_into(edits, await target(tmp_path))
        made = await edits.pastes.make(ANNA, entry.id)
        assert made
        assert made.pasted[0]
        usage = await edits.history.usage(ANNA)
        kept = [png(), png(), png(64, 48), mask().data, png(64, 48, (1, 0, 0))]
        assert usage.size_bytes == sum(map(len, kept))
        journal = await edits.history.recovered_journal()
        assert await journal.expire(Bounds(visitor_bytes=usage.size_bytes)) == 0
        assert await journal.expire(Bounds(visitor_bytes=usage.size_bytes - 1)) == 1
        # A thumbnail that is just being made goes as soon as it is.
        await until(lambda: files(home) == [])
    assert len(paster.calls) == 1


async def test_what_was_put_back_is_the_visitors_and_what_goes_on_from_it_is_a_round(
    tmp_path: Path, paster: Paster
) -> None:
    async with edits_in(tmp_path / "home") as edits:
        entry = await edited_into(edits, await target(tmp_path))
        made = await edits.pastes.make(ANNA, entry.id)
        assert made
        assert made.target
        assert made.pasted[0]
        mine = made.pasted[0].picture.path
        assert isinstance(made.target.mask, KeptPicture)
        for path in (mine, made.target.original.path, made.target.mask.path):
            assert await edits.history.owns(ANNA, path)
            assert not await edits.history.owns(BO, path)
        parent = await edits.history.parent(ANNA, [mine])
        assert parent
        assert (parent.edit, parent.place) == (entry.id, 0)
        assert await edits.history.parent(BO, [mine]) is None
    assert len(paster.calls) == 1


async def test_a_round_of_what_was_put_back_is_named_after_the_file_that_all_began_with(
    tmp_path: Path, paster: Paster
) -> None:
    async with edits_in(tmp_path / "home") as edits:
        named = replace(picture(), name="mug")
        entry = await edited_into(edits, await target(tmp_path), pictures=(named,))
        made = await edits.pastes.make(ANNA, entry.id)
        assert made
        assert made.pasted[0]
        path = made.pasted[0].picture.path
        parent = await edits.history.parent(ANNA, [path])
        further = edit_request(pictures=(replace(picture(path.read_bytes()), name=path.stem),))
        edit = await finished(edits, edits.start(further, visitor=ANNA, parent=parent))
        round_two = await edits.history.entry(ANNA, edit.id)
        assert round_two
        assert [one.name for one in round_two.pictures if isinstance(one, KeptPicture)] == ["mug"]
        assert round_two.round == 2
    assert len(paster.calls) == 1


async def test_what_was_put_back_gets_a_thumbnail_and_survives_the_next_start(tmp_path: Path, paster: Paster) -> None:
    home = tmp_path / "home"
    async with edits_in(home) as edits:
        entry = await edited_into(edits, await target(tmp_path))
        made = await edits.pastes.make(ANNA, entry.id)
        async with asyncio.timeout(10):
            while made and not (made.pasted[0] and made.pasted[0].thumbnail):
                await asyncio.sleep(0.01)
                made = await edits.history.entry(ANNA, entry.id)
    async with edits_in(home) as edits:
        found = await again(edits, entry)
        assert found.pasted[0]
        assert found.pasted[0].picture.path.exists()
        assert found.shown_thumbnails == (found.pasted[0].thumbnail,)
        assert found.pasted[0].thumbnail
        assert found.pasted[0].thumbnail.exists()
    assert len(paster.calls) == 1


async def test_a_second_press_with_another_region_is_another_edit(tmp_path: Path) -> None:
    async with edits_in(tmp_path / "home") as edits:
        asked, settings = edit_request(seed=None), Settings(home=tmp_path / "home")
        edit = edits.start(asked, settings, visitor=ANNA, target=await target(tmp_path))
        assert edits.twin(asked, settings, ANNA, await target(tmp_path)) is edit
        assert edits.twin(asked, settings, ANNA, await target(tmp_path, mask=mask(20))) is None
        assert edits.twin(asked, settings, ANNA) is None


async def test_an_original_that_is_gone_or_no_picture_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("no picture")
    for name in ("nothing.png", "words.png"):
        with pytest.raises(ImageEditError):
            await original_in(tmp_path / name, PictureWork())


@pytest.mark.usefixtures("paster")
async def test_the_best_of_each_takes_the_place_of_one_and_every_whole_result_stays(tmp_path: Path) -> None:
    async with edits_in(tmp_path / "home", Service([reply(edited(2))])) as edits:
        entry = await edited_into(edits, await target(tmp_path), n=2)
        before = await edits.pastes.make(ANNA, entry.id)
        assert before
        strokes = [Stroke("rectangle", 0.1, ((0.0, 0.0), (0.5, 1.0)), 1)]
        assert await edits.pastes.mix(BO, entry.id, 0, strokes) is None
        mixed = await edits.pastes.mix(ANNA, entry.id, 0, strokes)
        assert mixed
        first, second = mixed.pasted
        assert first
        assert second
        assert before.pasted[1]
        assert second.picture == before.pasted[1].picture
        with Image.open(first.picture.path) as image:
            colours = image.convert("RGB")
            assert [colours.getpixel((x, 10)) for x in (5, 60)] == [(2, 0, 0), (1, 0, 0)]
        assert mixed.results == before.results
        assert before.pasted[0]
        assert not before.pasted[0].picture.path.exists()
        # Painted again, it is made of its own result alone.
        assert mixed.target
        again = await edits.pastes.change(ANNA, entry.id, mixed.target)
        assert again
        assert again.pasted[0]
        with Image.open(again.pasted[0].picture.path) as image:
            assert len(image.convert("RGB").getcolors() or []) == 1


async def test_what_was_never_put_back_is_not_mixed(tmp_path: Path, paster: Paster) -> None:
    async with edits_in(tmp_path / "home") as edits:
        entry = await edited_into(edits, await target(tmp_path))
        for place in (0, 7):
            left = await edits.pastes.mix(ANNA, entry.id, place, [])
            assert left
            assert (left.pasted, left.results) == ((None,), entry.results)
    assert paster.calls == []
