//! The product's picture: the plan of one house, where every tenant has rooms, walls and a door of their own.

use leptos::prelude::*;

/// A floor plan, as decoration beside words that say the same.
#[component]
pub fn FloorPlan() -> impl IntoView {
    view! {
        <svg class="floor" viewBox="0 0 480 320" aria-hidden="true" focusable="false">
            <rect class="floor-ground" x="10" y="10" width="460" height="276"></rect>
            <rect class="floor-home" x="10" y="10" width="180" height="180"></rect>
            <rect class="floor-lit" x="320" y="126" width="150" height="160"></rect>
            // What stands in the rooms: rows.
            <path class="floor-rows floor-home-rows" d="M30 66h112M30 84h84M30 102h128"></path>
            <path class="floor-rows" d="M212 62h150M212 80h226M30 246h96M30 264h72"></path>
            <path class="floor-rows floor-lit-rows" d="M376 196h72M376 214h50M376 232h72M376 250h34"></path>
            // Walls, each broken by one door.
            <path class="floor-wall" d="M190 13v125M190 172v18H13M190 190v38M190 262v21"></path>
            <path class="floor-wall" d="M190 126h36M260 126h207M320 126v64M320 224v59"></path>
            <path class="floor-shell" d="M238 286H10V10h460v276H272"></path>
            // The doors' swings.
            <path class="floor-thin" d="M190 138h-34a34 34 0 0 0 34 34M226 126V92a34 34 0 0 1 34 34M190 228h-34a34 34 0 0 0 34 34"></path>
            <path class="floor-thin" d="M320 190h34a34 34 0 0 1-34 34M238 286v-34a34 34 0 0 1 34 34"></path>
            // Somebody comes in and goes to the own door.
            <path class="floor-way" d="M255 316v-90c0-52-14-71-52-71h-76"></path>
            <circle class="floor-guest" cx="119" cy="155" r="5"></circle>
            <circle class="floor-lamp" cx="446" cy="146" r="4"></circle>
            <text class="floor-name" x="28" y="40">"harbour"</text>
            <text class="floor-name" x="28" y="220">"lindqvist"</text>
            <text class="floor-name" x="210" y="40">"meridian"</text>
            <text class="floor-name" x="340" y="156">"atelier-9"</text>
        </svg>
    }
}
