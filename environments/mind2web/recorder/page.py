"""A page in Chromium: opened, waited for, looked at, acted on."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import msgspec

from environments.contract import UserError
from environments.mind2web.recorder.chromium import Chromium, Unanswered
from environments.mind2web.recorder.script import Step
from environments.mind2web.recorder.snapshot import readable

WIDTH, HEIGHT = 1280, 900
LOOK_S = 0.05
LIMIT_LOOK_S = 2.0
FIND = """([selector, text]) => {
  const shown = e => (e.innerText || e.value || '').trim().replace(/\\s+/g, ' ');
  return [...document.querySelectorAll(selector)].filter(
    e => e.getClientRects().length && (!text || shown(e) === text));
}"""
AIM = """function() {
  this.closest('a[target]')?.removeAttribute('target');
  this.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
  const box = this.getClientRects()[0];
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  const top = document.elementFromPoint(x, y), inside = this.contains(top);
  const free = inside || [...(this.labels || [])].some(label => label.contains(top));
  return {x, y, hit: inside ? top : this, over: free ? '' : top ? top.localName : 'nothing'};
}"""
SELECT = """function(value) {
  if (!this.options) return 'is no <select>';
  const shown = [...this.options].map(option => option.text.trim().replace(/\\s+/g, ' '));
  const found = shown.indexOf(value);
  if (found < 0) return 'has no option that shows this; it has ' + shown.slice(0, 20).join(', ');
  this.selectedIndex = found;
  this.dispatchEvent(new Event('input', {bubbles: true}));
  this.dispatchEvent(new Event('change', {bubbles: true}));
  return '';
}"""
EMPTY = "function() { this.focus(); this.select ? this.select() : document.execCommand('selectAll'); }"
STATE = "document.readyState + ' ' + location.href + ' ' + document.getElementsByTagName('*').length"
STYLES = ["visibility"]


class Element(NamedTuple):
    """An element that a step found: how Chromium knows it, where its middle is, and what a click there hits."""

    object_id: str
    node: int
    x: float
    y: float
    hit: int
    role: str
    name: str


class Page:
    """One tab."""

    def __init__(self, chromium: Chromium, timeout_s: float) -> None:
        self._chromium = chromium
        self._timeout_s = timeout_s
        self._loading = False
        self._target = chromium.call("Target.createTarget", url="about:blank")["targetId"]
        attached = chromium.call("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session: str = attached["sessionId"]
        chromium.heard = self._hear
        for domain in ("Page", "DOM", "DOMSnapshot"):
            self._call(f"{domain}.enable")
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **size)
        self._call("Emulation.setTimezoneOverride", timezoneId="UTC")

    def close(self) -> None:
        """Close the tab."""
        self._chromium.call("Target.closeTarget", targetId=self._target)

    def open(self, url: str) -> None:
        """Open an address, and wait until the page stands still. Raises `UserError`."""
        opened = self._call("Page.navigate", url=url)
        if said := opened.get("errorText"):
            raise UserError(f"{url[:200]} does not open: {said}")
        self.wait()

    def wait(self) -> None:
        """Wait until the page is loaded and two looks at it are the same. Raises `UserError`."""
        deadline, before = time.monotonic() + self._timeout_s, ""
        while time.monotonic() < deadline:
            self._chromium.listen(LOOK_S)
            if self._loading:
                continue
            now = self._state()
            if now == before and now.startswith("complete ") and not self._loading:
                return
            before = now
        raise UserError(f"the page does not load in {self._timeout_s:g} s; give a longer timeout_s")

    def find(self, step: Step) -> Element:
        """The step's element, in the middle of the window. Raises `UserError` where there is none, or another."""
        what = f"'{step.selector}'" + (f" with text '{step.text}'" if step.text else "")
        array = self._evaluate(f"({FIND})({_literal([step.selector, step.text])})", by_value=False)
        if (number := _length(array)) != 1:
            few = "finds no visible element" if not number else f"finds {number} visible elements"
            raise UserError(f"selector {what} {few}; one is needed")
        object_id = self._item(array["objectId"], "0")
        aim = self._on(object_id, AIM, by_value=False)
        x, y, over = (self._value(aim["objectId"], name) for name in ("x", "y", "over"))
        if over and step.op != "SELECT":
            raise UserError(f"selector {what}: <{over}> lies over the middle of the element, and has the mouse")
        hit = self._item(aim["objectId"], "hit")
        role, name = self._role_and_name(object_id)
        return Element(
            object_id=object_id,
            node=self._node(object_id),
            x=float(x),
            y=float(y),
            hit=self._node(hit),
            role=role,
            name=name,
        )

    def act(self, element: Element, step: Step) -> None:
        """Do the step, and wait until the page stands still. Raises `UserError`."""
        if step.op == "SELECT":
            if said := self._on(element.object_id, SELECT, step.value)["value"]:
                raise UserError(f"selector '{step.selector}', value '{step.value}': {said}")
        else:
            self._mouse(element, press=step.op != "HOVER")
        if step.op == "TYPE":
            self._on(element.object_id, EMPTY)
            self._call("Input.insertText", text=step.value)
        if step.op == "ENTER":
            key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
            self._call("Input.dispatchKeyEvent", type="keyDown", text="\r", **key)
            self._call("Input.dispatchKeyEvent", type="keyUp", **key)
        self.wait()

    def snapshot(self) -> dict[str, Any]:
        """The page as Chromium's DOMSnapshot has it."""
        return self._call("DOMSnapshot.captureSnapshot", computedStyles=STYLES, includeDOMRects=True)

    def raw_html(self) -> str:
        """The page's own HTML as it is now."""
        return readable(self._evaluate("document.documentElement.outerHTML")["value"])

    def _mouse(self, element: Element, press: bool) -> None:
        at = {"x": element.x, "y": element.y}
        self._call("Input.dispatchMouseEvent", type="mouseMoved", **at)
        if press:
            button = {"button": "left", "clickCount": 1}
            self._call("Input.dispatchMouseEvent", type="mousePressed", **at, **button)
            self._call("Input.dispatchMouseEvent", type="mouseReleased", **at, **button)

    def _hear(self, event: dict[str, Any]) -> None:
        if event.get("sessionId") != self._session:
            return
        match event.get("method"):
            case "Page.frameStartedLoading" | "Page.frameStartedNavigating" | "Page.frameRequestedNavigation":
                self._loading = True
            case "Page.frameStoppedLoading" | "Page.loadEventFired" | "Page.navigatedWithinDocument":
                self._loading = False
            case "Inspector.targetCrashed":
                raise UserError("the page makes its tab in Chromium crash")
            case "Page.javascriptDialogOpening":
                self._chromium.post("Page.handleJavaScriptDialog", self._session, accept=True)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._chromium.call(method, self._session, limit_s=self._timeout_s, **parameters)

    def _state(self) -> str:
        """What two looks are compared by; empty where the page that was asked has gone."""
        limit_s = min(LIMIT_LOOK_S, self._timeout_s)
        try:
            look = self._chromium.call("Runtime.evaluate", self._session, limit_s, expression=STATE)
        except Unanswered:
            return ""
        return str(look["result"].get("value", ""))

    def _evaluate(self, expression: str, by_value: bool = True) -> dict[str, Any]:
        return _result(self._call("Runtime.evaluate", expression=expression, returnByValue=by_value))

    def _on(self, object_id: str, function: str, *values: str, by_value: bool = True) -> dict[str, Any]:
        arguments = [{"value": value} for value in values]
        called = self._call(
            "Runtime.callFunctionOn",
            objectId=object_id,
            functionDeclaration=function,
            arguments=arguments,
            returnByValue=by_value,
            userGesture=True,
        )
        return _result(called)

    def _item(self, object_id: str, name: str) -> str:
        found = self._on(object_id, "function(name) { return this[name]; }", name, by_value=False)
        return str(found.get("objectId", ""))

    def _value(self, object_id: str, name: str) -> Any:
        found = self._on(object_id, "function(name) { return this[name]; }", name)
        if "value" not in found:
            raise UserError(f"the page has changed what its elements say: '{name}' is no value")
        return found["value"]

    def _node(self, object_id: str) -> int:
        return int(self._call("DOM.describeNode", objectId=object_id)["node"]["backendNodeId"])

    def _role_and_name(self, object_id: str) -> tuple[str, str]:
        """As a screen reader has them; empty where it has none."""
        nodes = self._call("Accessibility.getPartialAXTree", objectId=object_id, fetchRelatives=False)["nodes"]
        role, name = (nodes[0].get(field, {}).get("value", "") for field in ("role", "name"))
        return (role if role.islower() and role not in ("generic", "none") else ""), " ".join(readable(name).split())


def _literal(values: list[str]) -> str:
    return msgspec.json.encode(values).decode()


def _length(array: dict[str, Any]) -> int:
    number = str(array.get("description", "")).removeprefix("Array(").removesuffix(")")
    if array.get("subtype") != "array" or not number.isdecimal():
        raise UserError("the page has changed what arrays do, so that nothing can be looked for in it")
    return int(number)


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    if "exceptionDetails" in answer:
        thrown = answer["exceptionDetails"].get("exception", {}).get("description", "an exception")
        raise UserError(f"the page says: {' '.join(thrown.split())[:300]}")
    result: dict[str, Any] = answer["result"]
    return result
